"""A PostgreSQL server for tests: private, on a socket in a temporary folder, stopped at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),)
_FAST = "-c fsync=off -c listen_addresses= -c max_connections=60 -c shared_buffers=16MB"


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, which Debian keeps out of the PATH."""
    named = shutil.which("initdb")
    places = [Path(named).resolve().parent] if named else []
    return next((p for p in (*places, *_PLACES) if (p / "pg_ctl").exists()), None)


class Server:
    """A running server, and the databases that tests make in it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        self._count = 0
        self.user = "postgres" if os.name == "posix" and os.geteuid() == 0 else "yinju"
        if self.user == "postgres":  # the server refuses to be run by root
            shutil.chown(folder, "postgres")
        self._run(
            "initdb", "--pgdata", str(folder / "data"), "--username", self.user, "--no-sync",
            "--encoding=UTF8", "--locale=C", "--auth=trust",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        options = f"{_FAST} -k {self.folder}"
        self._control("start", "--log", str(self.folder / "log"), "--options", options)

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "--mode", mode)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database; yield its address."""
        self._count += 1
        name = f"library{self._count}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.address(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def address(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def cut_connections(self) -> int:
        """End all connections but the one that asks for it; return how many there were."""
        found = self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return len(found)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--pgdata", str(self.folder / "data"), "--wait", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if self.user == "postgres":
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        # A server that starts keeps the output open: a pipe would never come to its end.
        with (self.folder / "control").open("wb") as output:
            done = subprocess.run(
                command, cwd=self.folder, stdout=output, stderr=output, check=False, timeout=120
            )
        assert done.returncode == 0, (self.folder / "control").read_text(errors="replace")


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    # A socket's path has room for some hundred bytes: pytest's own folders may be too deep.
    folder = Path(tempfile.mkdtemp(prefix="yinju-pg-"))
    folder.chmod(0o755)
    server = Server(programs, folder)
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)
