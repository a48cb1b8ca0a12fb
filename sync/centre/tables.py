"""The centre's tables; unique constraints, not code, are what makes sending twice harmless."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

terminal = Table(
    "terminal",
    metadata,
    Column("terminal_id", String(128), primary_key=True),
    Column("branch", String(128), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("enrolled_at", String(32), nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("expires_at", String(32), nullable=False),
    Column("used_by", String(128)),
)

record = Table(
    "record",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("terminal_id", String(128), ForeignKey("terminal.terminal_id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("audit_seq", BigInteger, nullable=False),
    Column("audit_hash", String(64), nullable=False),
    Column("record", Text, nullable=False),
    Column("audit", Text, nullable=False),
    Column("key_id", String(128), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("receipt", Text, nullable=False),
    UniqueConstraint("terminal_id", "audit_seq"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("record_id", String(36), ForeignKey("record.id"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)

audit_line = Table(
    "audit_line",
    metadata,
    Column("terminal_id", String(128), ForeignKey("terminal.terminal_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("line", Text, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("terminal_id", String(128), ForeignKey("terminal.terminal_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("signature", LargeBinary, nullable=False),
    Column("receipt", Text, nullable=False),
)

question = Table(
    "question",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("terminal_id", String(128), ForeignKey("terminal.terminal_id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("about", String(200), index=True),
    Column("outcome", String(64), nullable=False),
    Column("request", String(36), nullable=False),
    Column("at", String(32), nullable=False),
)

handover = Table(
    "handover",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("handover_id", String(200), nullable=False),
    Column("case_id", String(200), nullable=False, index=True),
    Column("events", BigInteger, nullable=False),
    Column("giver", String(128), nullable=False),
    Column("to_terminal", String(200), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("handover", LargeBinary),
    Column("data", LargeBinary),
    Column("taken_by", String(128)),
    Column("taken_at", String(32)),
)

rejection = Table(
    "rejection",
    metadata,
    Column("record_id", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("reason", String(64), primary_key=True),
    Column("terminal_id", String(128), nullable=False),
    Column("at", String(32), nullable=False),
)
