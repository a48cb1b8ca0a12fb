"""A book with real keys, cases to keep in it, and a centre's word about them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from uuid_utils.compat import uuid7

from sync.keys import Keys, open_keys
from sync.records import AuditReceipt, Outcome, Receipt, Record, SealedEvidence
from sync.seal import seal_evidence, seal_values
from sync.store import Store, stamp

Case = tuple[Record, tuple[SealedEvidence, ...]]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that goes when told."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass
class Centre:
    """Signs receipts as a centre does, and can open what was sealed to it."""

    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    opening: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def receipt_key(self) -> bytes:
        return self.signing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def sealing_key(self) -> bytes:
        return self.opening.public_key().public_bytes_raw()

    def receipt(self, record: Record, outcome: Outcome = Outcome.ACCEPTED, reason: str = "") -> Receipt:
        bare = Receipt(
            record_id=record.id,
            record_sha256=record.digest(),
            outcome=outcome,
            reason=reason,
            at="2026-03-02T12:00:01.000Z",
            centre_id="centre-1",
            signature=b"",
        )
        return bare.model_copy(update={"signature": self.signing.sign(bare.signed_bytes())})

    def countersignature(self, terminal_id: str, seq: int, hash_: str) -> AuditReceipt:
        bare = AuditReceipt(
            terminal_id=terminal_id,
            seq=seq,
            hash=hash_,
            at="2026-03-02T12:00:02.000Z",
            centre_id="centre-1",
            signature=b"",
        )
        return bare.model_copy(update={"signature": self.signing.sign(bare.signed_bytes())})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def centre() -> Centre:
    return Centre()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return open_keys(tmp_path_factory.mktemp("terminal") / "keys", "file")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.fixture
def new_case(centre: Centre) -> Callable[..., Case]:
    chance = random.Random(7)

    def make(size: int = 2000, **body: object) -> Case:
        record_id = str(uuid7())
        photo, sealed_photo = seal_evidence(
            record_id, "chip_photo", "image/jpeg", chance.randbytes(size), centre.sealing_key
        )
        person, sealed_person = seal_values(record_id, "identity", {"name": "张三"}, centre.sealing_key)
        record = Record(
            id=record_id,
            at=stamp(NOON),
            terminal_id="T-1",
            branch="B-1",
            simulated=True,
            body={"decision": "accept", "score": 0.61, "reasons": ["face.match"], **body},
            evidence=(photo, person),
        )
        return record, (sealed_photo, sealed_person)

    return make


@pytest.fixture
def store(book: Path, keys: Keys, clock: Clock) -> Iterator[Store]:
    with Store.open(book, keys.database_key(), clock=clock) as opened:
        yield opened


@pytest.fixture
def lived_in(
    book: Path, keys: Keys, clock: Clock, centre: Centre, new_case: Callable[..., Case]
) -> list[str]:
    """A closed book with every kind of row in it; the ids of its records."""
    return live_in(book, keys.database_key(), keys, clock, centre, new_case)


def live_in(
    book: Path, key: bytes | None, keys: Keys, clock: Clock, centre: Centre, new_case: Callable[..., Case]
) -> list[str]:
    from sync import heads
    from sync.outbox import Outbox
    from sync.retention import forget

    ids = []
    with Store.open(book, key, clock=clock) as store:
        outbox = Outbox(store, chance=random.Random(1))
        store.note("terminal.started", {"build": "1.0.0"})
        for number in range(6):
            record, evidence = new_case()
            ids.append(record.id)
            store.keep(record, evidence, keys)
            if number == 0:
                outbox.sent(centre.receipt(record), clock())
                forget(store, timedelta(days=1), clock.pass_(days=2))
            elif number == 1:
                outbox.sent(centre.receipt(record), clock())
            elif number == 2:
                outbox.sent(centre.receipt(record, Outcome.REJECTED, "centre.simulated"), clock())
            elif number == 3:
                outbox.failed(record.id, "net.unreachable", clock())
        upload = heads.upload(store, "T-1", keys, limit=5)
        assert upload is not None
        head = upload.lines[-1]
        heads.countersign(store, centre.countersignature("T-1", head.seq, head.hash))
        heads.upload(store, "T-1", keys)
    return ids
