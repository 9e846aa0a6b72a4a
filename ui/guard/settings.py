"""What whoever serves a library decides: who may do what, how often, and how much of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ui.guard.login import Logins, read_logins

ANSWERING = 4  # questions answered at the same time
WRITING = 8  # answers that a language model writes out at the same time
# Events of the page that run the models share this concurrency group; the rate limit finds them
# by it, so an event that asks or searches has to be given it.
ASKING = "asking"
RATE = 120  # questions a minute and client; about what two cores can answer
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The settings of a server; the defaults suit one person on one machine.

    ``read_only`` leaves nothing on page or interfaces that changes the library.  ``auth`` are the
    logins of which one is required; None lets everybody in.  ``rate`` is the number of questions
    a minute that a client may ask, 0 for as many as it likes.  ``max_upload_bytes`` bounds one
    file, ``max_upload_files`` and ``upload_megabytes`` what a client may send in a minute.
    ``allowed_hosts`` are the names by which the server may be called, as a ``Host`` header gives
    them without a port; None allows any.
    """

    read_only: bool = False
    auth: Logins | None = None
    rate: int = RATE
    max_upload_bytes: int = 64 << 20
    max_upload_files: int = 200
    upload_megabytes: int = 1 << 10
    allowed_hosts: frozenset[str] | None = LOOPBACK_NAMES


def server_settings(
    host: str,
    auth_file: Path | None = None,
    allow_host: Iterable[str] = (),
    *,
    rate: int = RATE,
    read_only: bool = False,
) -> ServerSettings:
    """Return the settings of a server bound to ``host``, with the logins of ``auth_file``.

    Raises:
        LoginError: if the file is not one of logins.
    """
    return ServerSettings(
        read_only=read_only,
        auth=read_logins(auth_file) if auth_file else None,
        rate=rate,
        allowed_hosts=host_names(host, allow_host),
    )


def host_names(host: str, more: Iterable[str] = ()) -> frozenset[str] | None:
    """Return the names by which a server bound to ``host`` may be called.

    On a loopback address these are the loopback's names and ``more``, so that no web page can
    reach the server by a name that it has made to point here (DNS rebinding).  On another one
    they are ``more``, the address and the loopback's names, or any where ``more`` is empty: which
    names a machine has in its network is not known here.
    """
    named = frozenset(name.strip().lower() for name in more if name.strip())
    if not named and not is_loopback(host):
        return None
    return LOOPBACK_NAMES | named | {f"[{host}]" if ":" in host else host.lower()}


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a server that is bound to ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
