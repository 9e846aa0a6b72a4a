"""A Milvus server for tests: milvus-lite in a process of its own, which can be killed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60  # seconds for a start


class MilvusServer:
    """milvus-lite on a port of its own; what it holds outlasts ``kill`` and ``start``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"milvus+http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        self._process = subprocess.Popen(
            [
                sys.executable, "-W", "ignore", "-m", "milvus_lite", "server",
                "--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port),
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < until, "milvus-lite does not start"
                assert self._process.poll() is None, "milvus-lite ended"
                time.sleep(0.1)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
