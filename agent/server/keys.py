"""Who may ask: bearer keys with a name each, compared in constant time; without any, only this machine."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from pathlib import Path

from agent.errors import BadInput

SHORTEST = 16  # characters of a key: fewer can be guessed


class Keys:
    """The names of the keys, by the hash of each key; empty where none is needed."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._hashes = {name: _hash(key) for name, key in keys.items()}

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def name_of(self, authorization: str | None) -> str | None:
        """Whose key an Authorization header has; None where it is nobody's. Every key is compared, so that the time tells nothing."""
        scheme, _, key = (authorization or "").partition(" ")
        given = _hash(key.strip() if scheme.lower() == "bearer" else "")
        names = [name for name, known in self._hashes.items() if hmac.compare_digest(given, known)]
        return names[0] if names else None


def read_keys(setting: str) -> Keys:
    """WAAM_HTTP__KEYS: `name:key,name:key`, or the path of a file with one `name:key` a line. Raises BadInput that never shows a key."""
    text = setting.strip()
    if text and ":" not in text:
        path = Path(text).expanduser()
        if not path.is_file():
            raise BadInput("WAAM_HTTP__KEYS is neither name:key nor the path of a file with such lines.")
        parts = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if not parts:
            raise BadInput(f"{path.name} holds no key; write one name:key a line.")
    else:
        parts = text.split(",") if text else []
    keys: dict[str, str] = {}
    for number, part in enumerate(parts, start=1):
        name, colon, key = (piece.strip() for piece in part.partition(":"))
        if not (name and colon and key):
            raise BadInput(f"Key {number} of WAAM_HTTP__KEYS is not of the form name:key.")
        if name in keys:
            raise BadInput(f"WAAM_HTTP__KEYS names {name} twice; give each key a name of its own.")
        if len(key) < SHORTEST or not key.isascii():
            raise BadInput(f"The key of {name} in WAAM_HTTP__KEYS is too easily guessed; use {SHORTEST} ASCII characters or more.")
        keys[name] = key
    return Keys(keys)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_host(host: str, keys: Keys) -> None:
    """Raises BadInput for a host that others reach while no key is asked for."""
    if not keys and not is_loopback(host):
        raise BadInput(f"Others would reach {host} without a key; set WAAM_HTTP__KEYS to name:key, or leave --host at 127.0.0.1.")


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
