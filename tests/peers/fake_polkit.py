"""A PolicyKit that grants everything, or nothing: what the real fprintd asks before each call.

    python fake_polkit.py BUS-ADDRESS [refuse]

Prints a line when it has its name; ends when standard input closes.
"""

from __future__ import annotations

import select
import sys

from jeepney import HeaderFields, MessageType, new_error, new_method_call, new_method_return
from jeepney.bus import get_bus
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, prep_socket

NAME = "org.freedesktop.PolicyKit1"


def main(bus: str, granted: bool) -> None:
    """Serve."""
    connection = DBusConnection(prep_socket(get_bus(bus)))
    connection.send_and_get_reply(new_method_call(message_bus, "RequestName", "su", (NAME, 4)), timeout=5)
    print("ready", flush=True)
    while True:
        try:
            message = connection.receive(timeout=0)
        except TimeoutError:
            ready, _, _ = select.select([sys.stdin, connection.sock], [], [])
            if sys.stdin in ready:
                return
            continue
        if message.header.message_type is not MessageType.method_call:
            continue
        member = message.header.fields.get(HeaderFields.member)
        if member == "CheckAuthorization":
            reply = new_method_return(message, "(bba{ss})", ((granted, False, {}),))
        elif member == "GetAll":
            reply = new_method_return(message, "a{sv}", ({"BackendName": ("s", "fake")},))
        else:
            reply = new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", ("fake",))
        connection.send(reply)


if __name__ == "__main__":
    main(sys.argv[1], "refuse" not in sys.argv)
