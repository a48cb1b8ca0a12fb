"""A D-Bus service as a device's other end, by jeepney: calls with time limits, signals of its owner only.

What the bus itself refuses becomes the contract's: nobody owns the name → `Missing`, no answer →
`TimedOut`, not permitted → `Refused`. What the service answers in its own words is `Declined`.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drivers.errors import DeviceError, Garbled, Missing, Refused, TimedOut

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.blocking import DBusConnection

SYSTEM = "SYSTEM"
"""The address that stands for the system bus."""
CONNECT_LIMIT_S = 2.0
CALL_LIMIT_S = 3.0
SIGNALS_KEPT = 100
BUS = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"
OWNER_CHANGED = "NameOwnerChanged"

_ERROR = f"{BUS}.Error."
_NOBODY = frozenset(
    {f"{_ERROR}{name}" for name in ("ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected")}
)
_FORBIDDEN = frozenset({f"{_ERROR}AccessDenied", f"{_ERROR}AuthFailed"})
_LATE = frozenset({f"{_ERROR}Timeout", f"{_ERROR}TimedOut"})


class Declined(Exception):
    """The service answered with an error of its own; `name` says which. Never leaves a driver."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.text = text


@dataclass(frozen=True, slots=True)
class Signal:
    """Something a service said unasked."""

    path: str
    interface: str
    member: str
    body: tuple[Any, ...]


class Service:
    """One well-known name on one bus. After `Missing` ``.no_bus`` or `close` every call raises `Missing`.

    Codes of errors begin with `topic` and end in ``.no_bus``, ``.stopped``, ``.silent``, ``.permission`` or
    ``.protocol``.
    """

    def __init__(self, bus: str, name: str, topic: str) -> None:
        self._name = name
        self._topic = topic
        self._connection: DBusConnection | None = None
        self._signals: deque[Message] = deque(maxlen=SIGNALS_KEPT)
        self._connection = self._connect(bus)

    def call(
        self,
        path: str,
        interface: str,
        method: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        seconds: float = CALL_LIMIT_S,
    ) -> tuple[Any, ...]:
        """What the service answers; raises `Declined` when with an error of its own."""
        return self._ask(self._name, path, interface, method, signature, body, seconds)

    def property(self, path: str, interface: str, name: str, seconds: float = CALL_LIMIT_S) -> Any:
        """The value of a property."""
        body = (interface, name)
        return self.call(path, f"{BUS}.Properties", "Get", "ss", body, seconds)[0][1]

    def owner(self, seconds: float = CALL_LIMIT_S) -> str:
        """Who has the name now; empty when nobody."""
        try:
            return str(self._ask_bus("GetNameOwner", "s", (self._name,), seconds)[0])
        except Missing as error:
            if error.code.endswith(".no_bus"):
                raise
            return ""

    def can_start(self, seconds: float = CALL_LIMIT_S) -> bool:
        """True when the bus starts the service by itself once it is called."""
        return self._name in self._ask_bus("ListActivatableNames", "", (), seconds)[0]

    def listen(self, path: str, interface: str) -> None:
        """Hear the signals of `interface` at `path`, and when the name changes hands, from now on."""
        from jeepney import MatchRule

        own = MatchRule(type="signal", interface=interface, path=path)
        changed = MatchRule(type="signal", sender=BUS, interface=BUS, member=OWNER_CHANGED, path=BUS_PATH)
        changed.add_arg_condition(0, self._name)
        for rule in (own, changed):
            self._ask_bus("AddMatch", "s", (rule.serialise(),), CALL_LIMIT_S)
            with self._live() as connection:
                # Never taken off again: it ends with the connection.
                connection.filter(rule, queue=self._signals).__enter__()

    def forget_signals(self) -> None:
        """Drop those that came and were not asked for yet."""
        self._signals.clear()

    def signal(self, owner: str, seconds: float) -> Signal | None:
        """The next signal that `owner` sent; None after `seconds` without one.

        `Missing` ``.stopped`` as soon as the name has changed hands.
        """
        ends = time.monotonic() + seconds
        while True:
            with self._live() as connection:
                try:
                    message = connection.recv_until_filtered(
                        self._signals, timeout=max(0.0, ends - time.monotonic())
                    )
                except TimeoutError:
                    return None
            said, sender = _signal(message)
            if sender == BUS and said.member == OWNER_CHANGED:
                raise self._error(Missing, "stopped")
            if sender == owner:
                return said

    def close(self) -> None:
        """Leave the bus. Safe twice; never raises."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _connect(self, bus: str) -> DBusConnection:
        from jeepney.bus import get_bus
        from jeepney.io.blocking import DBusConnection, prep_socket

        class Limited(DBusConnection):  # type: ignore[misc]  # its library has no types
            """Its greeting to the bus would otherwise wait for ever."""

            def receive(self, *, timeout: float | None = None) -> Message:
                return super().receive(timeout=CONNECT_LIMIT_S if timeout is None else timeout)

        try:
            socket = prep_socket(get_bus(bus), timeout=CONNECT_LIMIT_S)
        except (OSError, ValueError, KeyError, RuntimeError, StopIteration) as error:
            raise self._error(Missing, "no_bus", cause=type(error).__name__) from error
        try:
            # Reading is preceded by select; this limits writing to a bus that no longer takes anything.
            socket.settimeout(CALL_LIMIT_S)
            return Limited(socket)
        except (OSError, ValueError) as error:
            socket.close()
            raise self._error(Missing, "no_bus", cause=type(error).__name__) from error

    def _ask_bus(self, method: str, signature: str, body: tuple[Any, ...], seconds: float) -> tuple[Any, ...]:
        return self._ask(BUS, BUS_PATH, BUS, method, signature, body, seconds)

    def _ask(
        self,
        to: str,
        path: str,
        interface: str,
        method: str,
        signature: str,
        body: tuple[Any, ...],
        seconds: float,
    ) -> tuple[Any, ...]:
        from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call

        message = new_method_call(DBusAddress(path, to, interface), method, signature, body)
        with self._live() as connection:
            try:
                reply = connection.send_and_get_reply(message, timeout=seconds)
            except TimeoutError as error:
                raise self._error(TimedOut, "silent", method=method) from error
        if reply.header.message_type is MessageType.error:
            name = str(reply.header.fields.get(HeaderFields.error_name, ""))
            raise self._refusal(name, reply.body, method)
        return tuple(reply.body)

    def _refusal(self, name: str, body: tuple[Any, ...], method: str) -> Exception:
        if name in _NOBODY:
            return self._error(Missing, "stopped", method=method)
        if name in _FORBIDDEN:
            return self._error(Refused, "permission", method=method)
        if name in _LATE:
            return self._error(TimedOut, "silent", method=method)
        return Declined(name, str(body[0]) if body else "")

    @contextlib.contextmanager
    def _live(self) -> Iterator[DBusConnection]:
        if self._connection is None:
            raise self._error(Missing, "no_bus", reason="closed")
        try:
            yield self._connection
        except (ValueError, KeyError) as error:
            self.close()
            raise self._error(Garbled, "protocol", cause=type(error).__name__) from error
        except TimeoutError as error:
            self.close()
            raise self._error(TimedOut, "silent", reason="write") from error
        except OSError as error:
            self.close()
            raise self._error(Missing, "no_bus", errno=error.errno) from error

    def _error(self, kind: type[DeviceError], what: str, **facts: object) -> DeviceError:
        return kind(f"{self._topic}.{what}", self._name, **facts)


def _signal(message: Message) -> tuple[Signal, str]:
    from jeepney import HeaderFields

    fields = message.header.fields
    texts = (HeaderFields.path, HeaderFields.interface, HeaderFields.member, HeaderFields.sender)
    path, interface, member, sender = (str(fields.get(each, "")) for each in texts)
    return Signal(path, interface, member, tuple(message.body)), sender
