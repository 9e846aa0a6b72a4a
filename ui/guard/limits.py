"""How often a client may do something, and how much of it at once."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MAX_CLIENTS = 10_000  # remembered; the one that was quiet for longest is forgotten first


class RateLimit:
    """A token bucket for each client: ``burst`` at once, and ``per_minute`` in the long run.

    Not for several threads: the server's event loop is the one that asks.
    """

    def __init__(
        self, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Limit to ``burst`` at once and ``per_minute`` on; 0 a minute is no limit."""
        self._per_second = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def take(self, client: str, tokens: float = 1) -> float:
        """Take tokens; return 0 if there were so many, else the seconds until there are."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        left, then = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_second)
        wait = 0.0 if left >= tokens else (tokens - left) / self._per_second
        self._buckets[client] = (left if wait else left - tokens, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return wait

    def give_back(self, client: str) -> None:
        """Return a token that was taken for what should not count."""
        if client in self._buckets:
            tokens, then = self._buckets[client]
            self._buckets[client] = (min(self._burst, tokens + 1), then)


class AtOnce:
    """What goes on at the same time, bounded in all and for each client.

    Not for several threads, either.
    """

    def __init__(self, in_all: int, of_client: int) -> None:
        """Allow ``in_all``, and ``of_client`` of each."""
        self._in_all = in_all
        self._of_client = of_client
        self._going = Counter[str]()

    @contextmanager
    def one(self, client: str | None) -> Iterator[bool]:
        """Count one more of a client meanwhile; yield whether that is allowed.

        None is nobody, who is not counted.
        """
        if client is None:
            yield True
            return
        if self._going[client] >= self._of_client or self._going.total() >= self._in_all:
            yield False
            return
        self._going[client] += 1
        try:
            yield True
        finally:
            self._going[client] -= 1
            if not self._going[client]:
                del self._going[client]


def client_name(address: str) -> str:
    """Return who an address counts as: an IPv6 network of 64 bits is one client."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
