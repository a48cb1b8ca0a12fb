"""The whole tree of settings: frozen, described, and closed to unknown keys.

Values come from `config.sources`; units are in the names. Secrets are never values here, only references to
where they are kept. What a *business rule* says comes from rule packs, not from settings.
"""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import Field, JsonValue

from config.guide import GuideLimits
from config.liveness import LivenessLimits
from config.section import Section


class Profile(enum.StrEnum):
    """What kind of terminal this is."""

    COUNTER = "counter"
    KIOSK = "kiosk"
    LAPTOP = "laptop"


class Language(enum.StrEnum):
    """What the terminal speaks."""

    ZH = "zh"
    EN = "en"


class MinutiaEngine(enum.StrEnum):
    """Who finds the minutiae of a fingerprint, and who compares them."""

    LEADER_MCC = "leader_mcc"
    LEADER_BOZORTH3 = "leader_bozorth3"
    MINDTCT_BOZORTH3 = "mindtct_bozorth3"


class KeyPlace(enum.StrEnum):
    """Where the terminal's keys are kept."""

    AUTO = "auto"
    """The key store of the operating system when there is one, otherwise a file; the store says which."""
    KEYRING = "keyring"
    FILE = "file"


class LogLevel(enum.StrEnum):
    """From which level on events are written."""

    TRAFFIC = "traffic"
    """A line for each message to and from devices, too: for a device that misbehaves."""
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


class SignatureKind(enum.StrEnum):
    """By what a rule pack is signed."""

    ED25519 = "ed25519"
    """RFC 8032."""
    SM2 = "sm2"
    """SM2 with SM3 (GM/T 0003.2)."""


Seconds = Annotated[float, Field(gt=0, le=3600)]


class Terminal(Section):
    """Which terminal this is, and where it stands."""

    id: str = Field(
        "terminal-1",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of this terminal at the centre; unique in the bank.",
    )
    branch: str = Field(
        "virtual",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Branch in which the terminal stands, as the centre names it.",
    )
    production: bool = Field(
        False,
        description="True on a terminal that serves customers: simulated devices are then refused at start.",
    )
    profile: Profile = Field(
        Profile.COUNTER, description="Kind of terminal: counter (teller and customer), kiosk, or laptop."
    )
    peer_keys: str = Field(
        "",
        description="Folder of public keys, one TOML file each, of the terminals whose half-done cases are "
        "taken over without a line to the centre; empty for terminal-keys beside site.toml.",
    )


class DeviceChoice(Section):
    """One device of this terminal and the driver that speaks to it."""

    kind: str = Field(description="What it is for, for example card_reader or camera.")
    driver: str = Field(description="Name of the driver, as `renzheng devices` lists it.")
    address: str = Field(
        "", description="Where it is attached, for example serial:/dev/ttyUSB0; empty takes the first found."
    )
    options: dict[str, JsonValue] = Field(
        default_factory=dict, description="Options of this driver, checked by the driver's own class."
    )
    name: str = Field(
        "",
        pattern=r"^([a-z0-9][a-z0-9_-]{0,31})?$",
        description="What it is called, where there are several of a kind; its kind when empty.",
    )
    isolated: bool = Field(
        False,
        description="Run the driver in a process of its own, which is ended when it hangs or crashes.",
    )


class Plugins(Section):
    """Makers' licensed libraries that take part in reading a card; each runs in a process of its own."""

    photo_decoder: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="What opens chip photos: path, entry, code, success, layout, limit_ms; "
        "empty: photos of real cards are unavailable.",
    )


class Models(Section):
    """Which networks are used, and how they may use the processor."""

    pack: str = Field(
        "open",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="Model pack for comparing faces: open, insightface, or the bank's own.",
    )
    finger_engine: MinutiaEngine = Field(
        MinutiaEngine.LEADER_MCC,
        description="Who finds minutiae and who compares them: leader_mcc, leader_bozorth3 or "
        "mindtct_bozorth3; those with bozorth3 need `make fingerprints`.",
    )
    folder: str = Field(
        "", description="Folder of the networks; empty for the terminal's own folder of models."
    )
    calibrations: str = Field(
        "", description="Folder of the bank's own calibrations; empty for the terminal's own folder."
    )
    calibration_keys: tuple[str, ...] = Field(
        (),
        description="Public keys (Ed25519, base64) whose signature on a calibration is believed; "
        "`renzheng calibrate key` makes one.",
    )
    threads: int = Field(1, ge=1, le=64, description="Threads for one run of one network.")
    spinning: bool = Field(
        False,
        description="Let idle network threads spin: a little faster on a free machine, slower on a busy one.",
    )


class Rules(Section):
    """Whose rule packs are taken beside those shipped with the program (docs/rules.md)."""

    folder: str = Field("", description="Folder of installed rule packs; empty for the terminal's own.")
    keys: str = Field(
        "",
        description="Folder of public keys, one TOML file each, whose signature on a rule pack is believed; "
        "empty for rule-keys beside site.toml.",
    )
    algorithms: tuple[SignatureKind, ...] = Field(
        (SignatureKind.ED25519,),
        description="Signatures that are believed: ed25519, sm2; the latter needs renzheng[sm2].",
    )


class Documents(Section):
    """When a document before the camera is seen well enough; measured on drawn cards (docs/documents.md)."""

    least_dots_per_mm: float = Field(
        4.0, gt=0, le=40, description="Fewer pixels of the picture to a millimetre: too far away."
    )
    least_luminance: float = Field(
        40.0,
        ge=0,
        le=255,
        description="Brightness of the document's brighter tenth, below which it is too dark.",
    )
    most_tilt_degrees: float = Field(
        45.0, gt=0, le=90, description="More between document and camera: not held flat."
    )
    most_glare_share: float = Field(
        0.06, ge=0, le=1, description="More of the document drowned by reflections: glare."
    )
    most_field_glare: float = Field(
        0.35, ge=0, le=1, description="More of one digit or field drowned: it is not believed."
    )
    most_blur_mm: float = Field(
        0.45, gt=0, le=5, description="Wider blur (sigma, on the document): out of focus or moved."
    )


class Lists(Section):
    """Watch lists of the bank, and whose signature on them is believed."""

    folder: str = Field("", description="Folder of the lists; empty for the terminal's own folder.")
    keys: tuple[str, ...] = Field(
        (),
        description="Public keys (Ed25519, base64) whose signature on a watch list is believed; "
        "`renzheng calibrate key` makes one.",
    )


class Store(Section):
    """How the terminal's own book is kept."""

    encrypted: bool = Field(True, description="Encrypt the whole database file (SQLCipher).")
    keys: KeyPlace = Field(
        KeyPlace.AUTO,
        description="Where keys are kept: auto, keyring (of the operating system), or file (owner only).",
    )


class Centre(Section):
    """How the centre is reached."""

    url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="Address of the centre; empty starts the embedded one on this machine (virtual branch).",
    )
    ca_file: str = Field("", description="Certificates that the centre's own must descend from; PEM.")
    client_cert: str = Field("", description="This terminal's certificate and key for mutual TLS; PEM.")
    connect_seconds: Seconds = Field(5.0, description="Give up connecting after this time.")
    answer_seconds: Seconds = Field(15.0, description="Give up waiting for an answer after this time.")


class Sync(Section):
    """When records are sent, and how long sealed evidence stays after its receipt."""

    every_seconds: Seconds = Field(30.0, description="Look for waiting records this often.")
    first_wait_seconds: Seconds = Field(2.0, description="Wait after the first failed sending; then doubled.")
    longest_wait_seconds: Annotated[float, Field(gt=0, le=86_400)] = Field(
        900.0, description="The waiting between two tries never grows beyond this."
    )
    grace_days: int = Field(
        3, ge=0, le=30, description="Keep sealed evidence this long after the centre's receipt."
    )


class Ui(Section):
    """What people see."""

    language: Language = Field(
        Language.ZH, description="Language in which the window opens; can be switched."
    )
    larger_type: bool = Field(False, description="Larger letters and controls.")
    service_standard: str = Field("", description="The branch's service standard, shown while waiting.")
    negative_list: str = Field("", description="What staff must not do, shown while waiting.")
    supervision_phone: str = Field("", description="Telephone for complaints, shown while waiting.")


class Logs(Section):
    """What is written about the terminal's work; never personal data."""

    level: LogLevel = Field(LogLevel.INFO, description="Least level that is written to the file.")
    console: LogLevel = Field(LogLevel.WARNING, description="Least level that is shown on the console.")
    max_megabytes: int = Field(10, ge=1, le=1024, description="Begin a new file at this size.")
    keep_files: int = Field(10, ge=1, le=100, description="Files kept before the oldest is removed.")


class Settings(Section):
    """Everything that can be set."""

    terminal: Terminal = Field(default_factory=Terminal)
    devices: tuple[DeviceChoice, ...] = Field(
        (), description="Devices of this terminal; none means the virtual branch's simulated ones."
    )
    plugins: Plugins = Field(default_factory=Plugins)
    models: Models = Field(default_factory=Models)
    guide: GuideLimits = Field(default_factory=GuideLimits)
    liveness: LivenessLimits = Field(default_factory=LivenessLimits)
    rules: Rules = Field(default_factory=Rules)
    documents: Documents = Field(default_factory=Documents)
    lists: Lists = Field(default_factory=Lists)
    store: Store = Field(default_factory=Store)
    centre: Centre = Field(default_factory=Centre)
    sync: Sync = Field(default_factory=Sync)
    ui: Ui = Field(default_factory=Ui)
    logs: Logs = Field(default_factory=Logs)
