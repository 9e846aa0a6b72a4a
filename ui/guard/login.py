"""Logins: a file of names and hashed passwords, and the check of what a client sends."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from qa.errors import YinjuError, refusal
from qa.store.durable import put_in_place

MIN_PASSWORD = 8  # characters
_KIND = "scrypt"
_BYTES = 32  # of salt, and of the hash
_MAX_MEMORY = 1 << 28  # bytes that one hash may take; scrypt takes 128 * n * r
_MAX_WORK = 1 << 24  # n * r * p


class LoginError(YinjuError):
    """A file of logins that cannot be read or written, or a name or password that will not do."""


class Cost(NamedTuple):
    """What a hash costs: scrypt's parameters, RFC 7914.

    The defaults are those of OWASP's password storage cheat sheet for 32 MiB.
    """

    n: int = 1 << 15
    r: int = 8
    p: int = 3


class PasswordHash(NamedTuple):
    """A hashed password; as text ``scrypt$n$r$p$salt$hash``, the last two in base64."""

    cost: Cost
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        """Return the text that the file holds."""
        coded = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return "$".join([_KIND, *map(str, self.cost), *coded])

    def matches(self, password: str) -> bool:
        """Tell in constant time whether ``password`` is the one that was hashed."""
        return hmac.compare_digest(_derive(password, self.salt, self.cost), self.digest)


def hash_password(password: str, cost: Cost | None = None) -> PasswordHash:
    """Return the hash of a password, with a salt of its own."""
    salt = secrets.token_bytes(_BYTES)
    chosen = cost or Cost()
    return PasswordHash(chosen, salt, _derive(password, salt, chosen))


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    # One password however a keyboard composes its letters.
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        typed, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=2 * _MAX_MEMORY, dklen=_BYTES
    )


class Logins:
    """Names with their passwords' hashes.

    A hash takes some tenths of a second on purpose; what was right once is therefore remembered
    as a keyed digest, for as long as the process lives, and every later request costs nothing.
    """

    def __init__(self, hashes: Mapping[str, PasswordHash]) -> None:
        """Take the hashes by name."""
        self._hashes = dict(hashes)
        # An unknown name is checked against this, so that it takes as long as a known one.
        cost = max((known.cost for known in self._hashes.values()), default=Cost(), key=_work)
        self._nobody = PasswordHash(cost, secrets.token_bytes(_BYTES), secrets.token_bytes(_BYTES))
        self._key = secrets.token_bytes(_BYTES)
        self._seen: dict[str, bytes] = {}

    def __len__(self) -> int:
        """Count the names."""
        return len(self._hashes)

    def remembers(self, name: str, password: str) -> bool:
        """Tell at once whether this login was right before."""
        known = self._seen.get(name, self._key)
        return hmac.compare_digest(self._digest(name, password), known)

    def check(self, name: str, password: str) -> bool:
        """Tell whether ``password`` is that of ``name``; takes as long for a name unknown here."""
        right = self._hashes.get(name, self._nobody).matches(password)
        if not right or name not in self._hashes:
            return False
        self._seen[name] = self._digest(name, password)
        return True

    def _digest(self, name: str, password: str) -> bytes:
        message = f"{name}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")


def _work(cost: Cost) -> int:
    return cost.n * cost.r * cost.p


def read_logins(path: Path) -> Logins:
    """Return the logins in a file of lines ``name:hash``; lines that begin with # do not count.

    Raises:
        LoginError: if the file cannot be read, holds no login, or a line is not one.
    """
    hashes: dict[str, PasswordHash] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        try:
            hashes[_checked_name(name)] = _parse(hashed)
        except (ValueError, LoginError) as error:
            raise LoginError(
                "login_invalid",
                "line {line} of {path} is no login; write it with 'yinju passwd {path} NAME'",
                line=number,
                path=path,
            ) from error
    if not hashes:
        raise LoginError(
            "logins_empty",
            "{path} holds no login; add one with 'yinju passwd {path} NAME'",
            path=path,
        )
    return Logins(hashes)


def write_login(path: Path, name: str, password: str, cost: Cost | None = None) -> None:
    """Put a login into a file, in place of the one that has its name; others stay.

    The file is replaced as a whole, and may be read and written by its owner only.

    Raises:
        LoginError: if name or password will not do, or the file cannot be written.
    """
    _checked_name(name)
    if len(password) < MIN_PASSWORD:
        raise LoginError(
            "password_too_short",
            "the password is too short; take at least {least} characters",
            least=MIN_PASSWORD,
        )
    line = f"{name}:{hash_password(password, cost)}"
    lines = _lines(path) if path.exists() else []
    kept = [old for old in lines if old.partition(":")[0].strip() != name]
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a descriptor
            file.write("\n".join([*kept, line, ""]))
        put_in_place(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise LoginError(
            "logins_not_written", "{path} cannot be written ({why})", path=path, why=refusal(error)
        ) from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LoginError(
            "logins_unreadable",
            "{path} cannot be read as a file of logins ({said}); 'yinju passwd' writes one",
            path=path,
            said=error,
        ) from error


def _checked_name(name: str) -> str:
    if not name or ":" in name or name.startswith("#") or not name.isprintable() or " " in name:
        raise LoginError(
            "login_name_invalid",
            "{name!r} is no name for a login; take letters and digits",
            name=name,
        )
    return name


def _parse(text: str) -> PasswordHash:
    kind, n, r, p, salt, digest = text.split("$")
    found = PasswordHash(
        Cost(int(n), int(r), int(p)),
        base64.b64decode(salt, validate=True),
        base64.b64decode(digest, validate=True),
    )
    cost = found.cost
    usable = cost.n > 1 and cost.n & (cost.n - 1) == 0 and min(cost) > 0
    bounded = 128 * cost.n * cost.r <= _MAX_MEMORY and _work(cost) <= _MAX_WORK
    if kind != _KIND or not usable or not bounded or len(found.digest) != _BYTES:
        raise ValueError(text)
    return found


def credentials(authorization: str) -> tuple[str, str] | None:
    """Return name and password of an ``Authorization`` header, None if it holds none.

    Both ways of sending them are read: HTTP Basic (RFC 7617, in UTF-8), and ``Bearer
    name:password``, which is how clients of OpenAI's interface send what they call a key.
    """
    scheme, _, value = authorization.partition(" ")
    sent = value.strip()
    if scheme.lower() == "basic":
        try:
            sent = base64.b64decode(sent, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
    elif scheme.lower() != "bearer":
        return None
    name, colon, password = sent.partition(":")
    return (name, password) if colon else None
