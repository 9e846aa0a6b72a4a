"""A Milvus server: its address, the connection to it, and its errors as ours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from qa.errors import BackendError, LibraryConnectionError

if TYPE_CHECKING:
    from pymilvus import MilvusClient

CONNECTING = 5.0  # seconds that a lost connection is tried again, once a call
PATIENCE = 10.0  # seconds for a question's calls
WRITING = 120.0  # seconds for a writer's
# Each connection is a new one: gRPC's shared ones wait up to two minutes before they try again.
_OWN = {"grpc.use_local_subchannel_pool": 1}
_LOST = (1, 2)  # pymilvus's codes of a channel that is closed, and of one that cannot be opened
_GONE = 100  # Milvus's code of a collection that is not there
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_HIDDEN = "***"


class CollectionGoneError(Exception):
    """There is no collection of that name (any more)."""


class MilvusServer:
    """A Milvus server, connected to when it is first called.

    May be used from several threads.  Whatever is said of it, user, password and token are not.
    """

    def __init__(self, address: str) -> None:
        """Read an address as :func:`qa.search.indexes.open_indexes` describes it.

        Raises:
            BackendError: if it is no such address.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _unusable() from None  # it repeats what may be a password
        if parts.query or parts.fragment:  # of a password with ? or #, which is to be quoted
            raise _unusable()
        scheme = parts.scheme.partition("+")[2]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        self._token = f"{user}:{password}" if user and password else user or password
        self._secrets = [secret for secret in (self._token, password) if secret]
        self._database = parts.path.strip("/")
        self.is_file = scheme == "file"
        if self.is_file and not host and self._database.endswith(".db"):
            self._uri, self._database = url2pathname(parts.path), ""
            self.name = self._uri
        elif scheme in {"http", "https"} and host and "/" not in self._database:
            shown = f"[{host}]" if ":" in host else host
            self._uri = f"{scheme}://{shown}:{port or 19530}"
            self.name = "/".join(filter(None, (self._uri, self._database)))
        else:
            raise _unusable()
        self._connecting = threading.Lock()
        self._client: MilvusClient | None = None

    def call(self, method: str, *values: object, timeout: float = PATIENCE, **named: object) -> Any:  # noqa: ANN401 - whatever the method returns
        """Call a method of ``pymilvus.MilvusClient``.

        Raises:
            CollectionGoneError: if it needs a collection that is not there.
            LibraryConnectionError: if the server does not answer in ``timeout`` s, or refuses.
        """
        with self._errors():
            return getattr(self._connected(), method)(*values, timeout=timeout, **named)

    def rows(
        self, collection: str, fields: list[str], batch: int
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows of a collection, ``batch`` at a time, as they are now.

        Raises:
            CollectionGoneError: if it is not there.
            LibraryConnectionError: as :meth:`call` does.
        """
        with self._errors():
            found = self._connected().query_iterator(
                collection,
                batch_size=batch,
                output_fields=fields,
                consistency_level="Strong",
                timeout=WRITING,
            )
            try:
                while page := found.next():
                    yield page
            finally:
                found.close()

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> MilvusClient:
        with self._connecting:
            if self._client is None:
                # It logs each error that it raises, with the stack; errors are told once here.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                from pymilvus import MilvusClient

                self._client = MilvusClient(
                    self._uri,
                    token=self._token,
                    db_name=self._database,
                    timeout=CONNECTING,
                    grpc_options=_OWN,
                    dedicated=True,
                )
            return self._client

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except MilvusException as error:
            if error.code == _GONE:
                raise CollectionGoneError(self.name) from None
            if not isinstance(error.code, int) or error.code in _LOST:
                self.close()
            raise self._failed(error.code, error.message) from None  # it tells the whole request
        except grpc.RpcError as error:
            self.close()
            code = error.code() if isinstance(error, grpc.Call) else "no answer"
            raise self._failed(code, str(code)) from None

    def _failed(self, code: object, reason: str) -> LibraryConnectionError:
        for secret in self._secrets:
            reason = reason.replace(secret, _HIDDEN)
        told = reason.strip().partition("\n")[0]
        if any(name in f"{code} {reason}" for name in _REFUSED) or "auth" in reason.lower():
            return LibraryConnectionError(
                "index_refuses_login",
                "the index at {index} cannot be used ({said}); the articles are safe: see that user"
                " and password in YINJU_INDEX are right, and try again",
                index=self.name,
                said=told,
            )
        return LibraryConnectionError(
            "index_unreachable",
            "the index at {index} cannot be used ({said}); the articles are safe: see that it runs,"
            " and try again",
            index=self.name,
            said=told,
        )


def _unusable() -> BackendError:
    return BackendError(
        "milvus_address_invalid",
        "YINJU_INDEX is no address of a Milvus server; write it as "
        "milvus+https://user:password@host:19530/database or milvus+file:///path.db",
    )
