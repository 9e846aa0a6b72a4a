"""Connections on which a request has to begin in time."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

_PATIENCE = 20.0  # seconds in which a request's headers have to come


class TimedConnection(H11Protocol):
    """HTTP as uvicorn speaks it, which by itself waits for headers without end.

    What comes after the headers is timed where it is read, in the gate.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        self._time()

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        super().data_received(data)
        self._time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._settle()

    def _time(self) -> None:
        """Have the connection end after a while, unless a request is being answered."""
        is_answering = not getattr(self.cycle, "response_complete", True)  # None: none came yet
        if is_answering or self.transport.is_closing():
            self._settle()
        elif self._late is None:  # what came since is of the same headers
            self._late = self.loop.call_later(_PATIENCE, self.transport.close)

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
