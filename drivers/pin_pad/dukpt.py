"""AES DUKPT (ANSI X9.24-3) and PIN blocks (ISO 9564-1), for the simulated pad and for a centre under test.

The driver never imports this: a terminal has no PIN key. A real pad keeps future keys in registers and
erases each; the simulated one derives them anew from its initial key, which gives the same keys.
"""

from __future__ import annotations

import secrets

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_SERIAL_SIZE = 12
"""Eight bytes of the initial key's identity, four of the counter."""
LAST_COUNTER = 0xFFFF_0000
_DERIVE_INITIAL, _DERIVE, _PIN = 0x8001, 0x8000, 0x1000
_AES128, _TDEA2 = 0x0002, 0x0000
_PIN_KEYS = {4: _AES128, 0: _TDEA2}


def initial_key(base_key: bytes, identity: bytes) -> bytes:
    """The key that is loaded into the pad `identity` (8 bytes), from the centre's base key (AES-128)."""
    return _aes(base_key, _derivation(_DERIVE_INITIAL, _AES128, identity), encrypt=True)


def pin_key(initial: bytes, key_serial: bytes, block_format: int = 4) -> bytes:
    """The PIN key of one transaction: AES-128 for format 4, two-key TDEA for format 0."""
    identity, counter = key_serial[:8], int.from_bytes(key_serial[8:], "big")
    key, reached = initial, 0
    for place in range(31, -1, -1):
        if counter >> place & 1:
            reached |= 1 << place
            data = _derivation(_DERIVE, _AES128, identity[4:] + reached.to_bytes(4, "big"))
            key = _aes(key, data, encrypt=True)
    usage = _derivation(_PIN, _PIN_KEYS[block_format], identity[4:] + counter.to_bytes(4, "big"))
    return _aes(key, usage, encrypt=True)


def seal(pin: str, account: str, key: bytes, block_format: int = 4) -> bytes:
    """The encrypted block of `pin` for `account`."""
    if block_format == 4:
        field = bytes.fromhex(f"4{len(pin):x}{pin}".ljust(16, "a")) + secrets.token_bytes(8)
        return _aes(key, _xor(_aes(key, field, encrypt=True), _account_field(account)), encrypt=True)
    field = bytes.fromhex(f"0{len(pin):x}{pin}".ljust(16, "f"))
    return _tdea(key, _xor(field, bytes.fromhex("0000" + account[-13:-1])), encrypt=True)


def unseal(block: bytes, account: str, key: bytes, block_format: int = 4) -> str:
    """The PIN, as only a centre that holds the key can have it. `ValueError` when it is not one."""
    if block_format == 4:
        middle = _xor(_aes(key, block, encrypt=False), _account_field(account))
        digits, fill = _aes(key, middle, encrypt=False).hex()[:16], "a"
    else:
        clear = _xor(_tdea(key, block, encrypt=False), bytes.fromhex("0000" + account[-13:-1]))
        digits, fill = clear.hex(), "f"
    length = int(digits[1], 16)
    pin, rest = digits[2 : 2 + length], digits[2 + length :]
    if digits[0] != str(block_format) or not 4 <= length <= 12 or not pin.isdecimal() or set(rest) - {fill}:
        raise ValueError("the block does not open under this key and account")
    return pin


def _derivation(usage: int, algorithm: int, context: bytes) -> bytes:
    """X9.24-3 derivation data for one 128-bit key: version, block 1, usage, algorithm, bits, context."""
    return b"\x01\x01" + usage.to_bytes(2, "big") + algorithm.to_bytes(2, "big") + b"\x00\x80" + context


def _account_field(account: str) -> bytes:
    """Format 4: digits beyond 12, the account number, zeros."""
    padded = account.rjust(12, "0")
    return bytes.fromhex(f"{len(padded) - 12:x}{padded}".ljust(32, "0"))


def _aes(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    return _block_cipher(algorithms.AES(key), data, encrypt)


def _tdea(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    return _block_cipher(TripleDES(key + key[:8]), data, encrypt)


def _block_cipher(algorithm: algorithms.AES | TripleDES, data: bytes, encrypt: bool) -> bytes:
    # ECB on single blocks is how both standards build on the cipher.
    cipher = Cipher(algorithm, modes.ECB())
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
