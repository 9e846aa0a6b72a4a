"""PostgreSQL as the store: connections that are lost, secrets, odd characters, what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from qa import Library
from qa.errors import (
    LibraryBusyError,
    LibraryConnectionError,
    LibraryDamagedError,
    LibraryVersionError,
    LibraryWriteError,
)
from qa.store.store import Store
from tests.conftest import HashEncoder
from tests.postgres_server import Server
from tests.rule_reader import RuleReader
from tests.serving import serving
from tests.store.test_store import ARTICLE, put

ROOT = Path(__file__).parents[2]
QUESTION = "第3镇引进了多少亿元以上项目"
ARTICLES = 8


@pytest.fixture
def address(postgres: Server) -> Iterator[str]:
    with postgres.database() as made:
        yield made


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    opened = Store(address)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    for number in range(ARTICLES):
        text = (
            f"第{number}镇招商\n\n第{number}镇引进亿元以上项目1{number}个，新建公路{number}条。\n"
        )
        (found / f"{number}.txt").write_text(text, encoding="utf-8")
    return found


def told(library: Library, question: str = QUESTION) -> str:
    """Return the figure that is given first; other places' stand beside it."""
    return library.ask(question).text.split("\n")[0]


@contextmanager
def library_at(address: str, place: Path, encoder: HashEncoder | None = None) -> Iterator[Library]:
    encoder = encoder or HashEncoder()
    with Library.open(place, encoder=encoder, reader=RuleReader(), store=address) as library:
        yield library


class Interrupting(HashEncoder):
    """Does something to the server at the moment when texts of the last articles are encoded."""

    def __init__(self, action: object) -> None:
        super().__init__()
        self.action = action

    def encode_documents(self, texts, progress=None):  # type: ignore[no-untyped-def]
        if self.action is not None and any("第6镇" in text for text in texts):
            action, self.action = self.action, None
            action()  # type: ignore[operator]
        return super().encode_documents(texts, progress)


# -- connections that are lost -----------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.syncing.ingest.BATCH", 2)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("way", ["cut", "stopped"])
def test_a_sync_that_loses_the_server_is_continued_by_the_next(
    tmp_path: Path, folder: Path, address: str, postgres: Server, way: str
) -> None:
    encoder = Interrupting(postgres.cut_connections if way == "cut" else postgres.stop)
    with Library.open(
        tmp_path / "l", encoder=encoder, reader=RuleReader(), store=address
    ) as library:
        try:
            with pytest.raises(
                LibraryConnectionError,
                match=r"postgresql://.*what was stored is safe|no connection to",
            ):
                library.sync(folder)
        finally:
            if way == "stopped":
                postgres.start()
        stored = [article.path for article in library.articles()]
        assert stored == [f"{number}.txt" for number in range(6)]  # two a batch, the fourth was cut
        assert told(library) == "13个"  # by itself, from what is there
        before = set(encoder.encoded)
        encoder.encoded.clear()
        report = library.sync(folder)
        assert report.added == ("6.txt", "7.txt")
        assert report.unchanged == tuple(stored)
        assert all("第6镇" in text or "第7镇" in text for text in encoder.encoded)
        assert set(encoder.encoded) & before == {
            text for text in before if "第6镇" in text or "第7镇" in text
        }
        assert told(library, "第7镇引进了多少亿元以上项目") == "17个"


def test_a_question_that_loses_the_server_is_told_so_and_the_next_is_answered(
    tmp_path: Path, folder: Path, address: str, postgres: Server, monkeypatch
) -> None:
    encoder = HashEncoder()
    with Library.open(
        tmp_path / "l", encoder=encoder, reader=RuleReader(), store=address
    ) as library:
        library.sync(folder)
        encode = encoder.encode_queries

        def interrupted(texts):  # type: ignore[no-untyped-def]
            postgres.stop()
            return encode(texts)

        monkeypatch.setattr(encoder, "encode_queries", interrupted)
        try:
            with pytest.raises(LibraryConnectionError, match="check that the server runs"):
                library.ask(QUESTION)
            monkeypatch.undo()
            with pytest.raises(LibraryConnectionError, match="no connection to postgresql://"):
                library.ask(QUESTION)
        finally:
            postgres.start()
        assert told(library) == "13个"
        postgres.cut_connections()  # between two questions: nobody need know
        assert told(library) == "13个"


@pytest.mark.slow
def test_a_web_server_outlasts_the_database_and_tells_nobody_where_it_is(
    tmp_path: Path, folder: Path, address: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with library_at(address, tmp_path / "l") as library:
        library.sync(folder)
        with serving(library) as site, httpx.Client(base_url=site, timeout=60) as client:

            def ask() -> httpx.Response:
                return client.post("/api/v1/ask", json={"question": QUESTION})

            assert ask().json()["text"].startswith("13个")
            postgres.stop()
            try:
                refused = ask()
                page = client.get("/library")
            finally:
                postgres.start()
            assert refused.status_code == 503
            assert refused.json()["error"] == {
                "type": "library_connection",
                "code": "library_unreachable",
                "message": "a server that holds a part of the library cannot be reached;"
                " try again later",
            }
            assert page.status_code == 503
            assert "连不上存放文库的服务器" in page.text
            assert str(postgres.folder) not in page.text
            assert f"no connection to {library.store_name}" in caplog.text
            assert ask().json()["text"].startswith("13个")
            assert client.get("/library").status_code == 200


def test_a_statement_that_is_cut_is_told_and_the_next_one_runs(
    store: Store, postgres: Server
) -> None:
    timer = threading.Timer(0.5, postgres.cut_connections)
    timer.start()
    with pytest.raises(LibraryConnectionError, match=r"the connection to postgresql://.* was lost"):
        store.database.execute("SELECT pg_sleep(60)")
    timer.join()
    assert store.count() == (0, 0)


def test_a_transaction_that_is_cut_leaves_nothing_and_is_not_repeated(
    store: Store, postgres: Server
) -> None:
    put(store, replace(ARTICLE, path="kept.txt"))

    def cut() -> None:
        with store.transaction():
            store.put_article(ARTICLE, [])
            with store.transaction():
                postgres.cut_connections()
                store.put_article(replace(ARTICLE, path="二.txt"), [])

    with pytest.raises(LibraryConnectionError, match="was lost"):
        cut()
    assert (list(store.hashes()), store.revision) == (["kept.txt"], 1)
    put(store)
    assert store.revision == 2


def test_a_transaction_cut_before_its_commit_leaves_nothing(store: Store, postgres: Server) -> None:

    def cut() -> None:
        with store.transaction():
            store.put_article(ARTICLE, [])
            postgres.cut_connections()

    with pytest.raises(LibraryConnectionError, match="was lost"):
        cut()
    assert (store.count(), store.revision) == ((0, 0), 0)


def test_who_lost_the_lock_with_the_connection_writes_no_more(
    store: Store, address: str, postgres: Server
) -> None:
    other = Store(address)
    with store.database.writing():
        postgres.cut_connections()
        with other.database.writing():  # the server gave it to somebody else
            for _ in range(2):
                with pytest.raises(LibraryConnectionError, match="was lost"):
                    put(store)
            put(other)
    put(store, replace(ARTICLE, path="二.txt"))
    assert store.count_articles() == 2
    other.close()


def test_a_failure_inside_a_transaction_that_is_overlooked_is_told(store: Store) -> None:
    def overlook() -> None:
        with store.transaction(revises=False):
            store.put_article(ARTICLE, [])
            with suppress(LibraryDamagedError):
                store.database.execute("SELECT * FROM nowhere")

    with pytest.raises(LibraryWriteError, match="did not store a transaction"):
        overlook()
    assert store.count() == (0, 0)


# -- the lock ----------------------------------------------------------------------------------

HOLD = """
import sys
from qa.store.store import Store
store = Store(sys.argv[1])
with store.database.writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_machine_is_told_who_writes_and_a_dead_one_leaves_no_lock(
    tmp_path: Path, folder: Path, address: str
) -> None:
    with Library.open(tmp_path / "l", encoder=HashEncoder(), store=address) as library:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, address],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LibraryBusyError, match=f"process {holder.pid} on .* is writing"):
            library.sync(folder)
        assert library.count == 0
        holder.kill()
        holder.communicate()
        deadline = time.monotonic() + 30
        while library.store.database.is_being_written():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert len(library.sync(folder).added) == ARTICLES


def test_the_lock_may_be_taken_again_by_who_holds_it(store: Store, address: str) -> None:
    other = Store(address)
    assert not other.database.is_being_written()
    with store.database.writing():
        with store.database.writing():
            assert other.database.is_being_written()
        with pytest.raises(LibraryBusyError), other.database.writing():
            pytest.fail("two hold the lock")
        assert store.database.is_being_written()
    with other.database.writing():
        pass
    other.close()


def test_a_transaction_waits_for_another_and_not_for_ever(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.store.databases.connections._SETTINGS", "SET lock_timeout = '300ms'")
    store, other = Store(address), Store(address)
    with other.transaction():
        with pytest.raises(LibraryBusyError, match=r"is busy .*; try again"):
            put(store)
        assert store.count() == (0, 0)  # who reads does not wait
    put(store)
    store.close()
    other.close()


def test_a_slow_read_holds_up_no_other(store: Store) -> None:
    slow = threading.Thread(target=store.database.execute, args=("SELECT pg_sleep(3)",))
    slow.start()
    started = time.monotonic()
    assert store.count() == (0, 0)
    assert time.monotonic() - started < 2
    assert slow.is_alive()
    slow.join()


def test_more_threads_than_connections_take_turns(store: Store) -> None:
    put(store)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(store.count_articles() for _ in range(20)))
        for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 600
    ((count,),) = store.database.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    )
    assert 1 <= count <= 8


# -- secrets -----------------------------------------------------------------------------------


def test_the_password_is_told_nowhere(
    tmp_path: Path, address: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    written = "gEh%40eim"
    plain = "gEh@eim"
    with_password = address.replace(f"{postgres.user}@", f"{postgres.user}:{written}@")
    told: list[str] = []
    with Library.open(tmp_path / "l", encoder=HashEncoder(), store=with_password) as library:
        told += [library.store.name, repr(library.status()), repr(library.store.database)]
        postgres.stop()
        try:
            for action in (
                library.status,
                lambda: Library.open(tmp_path / "m", store=with_password),
            ):
                try:
                    action()
                except LibraryConnectionError as error:
                    told += [str(error), *traceback.format_exception(error)]
        finally:
            postgres.start()
    environment = {**os.environ, "YINJU_STORE": with_password.replace(str(postgres.folder), "/no")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "from qa.cli import main; main()", "status"],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("yinju: no connection to postgresql://")
    assert done.stderr.count("\n") == 1
    told += [done.stdout, done.stderr, caplog.text]
    assert len(told) > 8
    for text in told:
        assert written not in text
        assert plain not in text


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:gehe@im@localhost/db",
        "postgresql://me:gehe/im@localhost/db",
        "postgresql://me:12/geheim@localhost/db",
        "postgresql://me:gehe%im@localhost/db",
        "postgresql://me:geheim@localhost:port/db",
        "postgresql://me@localhost/db?geheim",
        "mysql://me:geheim@localhost/db",
        "me:geheim@localhost",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(
        LibraryConnectionError, match=r"\(YINJU_STORE\).*postgresql://user@"
    ) as told:
        Store(address)
    shown = "".join(traceback.format_exception(told.value)).split("Store(address)")[-1]
    assert "geh" not in shown
    assert "im@" not in shown


def test_a_name_tells_server_port_and_database() -> None:
    from qa.store.databases.addresses import parse

    found = parse("postgres://me:geheim@db.example:5433/news?sslmode=require")
    assert found.name == "postgresql://me@db.example:5433/news"
    assert parse("postgresql://db.example/news").name == "postgresql://db.example/news"
    assert parse("postgresql://me@/news?host=/run/pg").name == "postgresql://me@/news?host=/run/pg"
    assert found.without_secrets("is\n geheim  here") == "is *** here"
    assert "geheim" not in repr(found)


def test_without_psycopg_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "qa.store.databases.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LibraryConnectionError, match=r"run: pip install 'yinju\[postgres\]'"):
        Store("postgresql://me@localhost/db")


# -- what it refuses ---------------------------------------------------------------------------


def test_a_server_or_database_that_is_not_there_is_named(postgres: Server) -> None:
    with pytest.raises(LibraryConnectionError, match=r"connection to .*/nowhere.* does not exist"):
        Store(postgres.address("nowhere"))
    with pytest.raises(LibraryConnectionError, match=r"postgresql://me@127\.0\.0\.1:1/.*refused"):
        Store("postgresql://me@127.0.0.1:1/db")


def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Server) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(LibraryDamagedError, match=r"encoding LATIN1, .* createdb --encoding=UTF8"):
        Store(postgres.address("latin"))


def test_somebody_elses_tables_are_left_alone(address: str, postgres: Server) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    postgres.execute("CREATE TABLE articles (mine TEXT)", name)
    with pytest.raises(LibraryDamagedError, match=r"already exists.*name an empty database"):
        Store(address)
    tables = postgres.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)
    assert set(tables) == {("articles",), ("schema_version",)}


def test_a_newer_library_is_refused(address: str, store: Store) -> None:
    store.database.execute("INSERT INTO schema_version VALUES (999)")
    with pytest.raises(LibraryVersionError, match=r"newer version .* \(schema 999.*upgrade yinju"):
        Store(address)


def test_a_user_who_may_not_write_is_told_so(postgres: Server, address: str, store: Store) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    postgres.execute("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN OTHERS THEN END $$")
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", name)
    guest = Store(address.replace(f"{postgres.user}@", "guest@"))
    assert guest.count() == (0, 0)
    with pytest.raises(LibraryWriteError, match=r"cannot be written \(permission denied"):
        put(guest)
    guest.close()


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ("53100", LibraryWriteError, "has not the means .*free some space"),
        ("40P01", LibraryBusyError, "is busy"),
        ("57014", LibraryBusyError, "is busy"),
        ("XX001", LibraryDamagedError, "holds no library that can be read"),
        ("57P03", LibraryConnectionError, "was lost"),
    ],
)
def test_what_the_server_says_is_told_in_our_words(
    store: Store, state: str, kind: type[Exception], message: str
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'as it is' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(kind, match=rf"postgresql://.* {message}|postgresql://.*\(as it is\)"):
        store.database.execute(raising)
    assert store.count() == (0, 0)


def test_many_may_make_the_tables_at_once(address: str) -> None:
    errors: list[BaseException] = []

    def make() -> None:
        try:
            Store(address).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    store = Store(address)
    assert store.revision == 0
    store.close()


def test_a_database_may_hold_libraries_in_several_schemas(address: str, postgres: Server) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    postgres.execute("CREATE SCHEMA one; CREATE SCHEMA two", name)
    one, two = (Store(f"{address}&options=-csearch_path%3D{schema}") for schema in ("one", "two"))
    put(one)
    assert (one.count(), two.count()) == ((1, 0), (0, 0))
    assert one.database.size() > 0
    with one.database.writing(), two.database.writing(), one.transaction():
        put(two)
    one.close()
    two.close()
    with pytest.raises(LibraryDamagedError, match="none of the schemas"):
        Store(f"{address}&options=-csearch_path%3Dthree")


# -- characters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd", ["\0", "\0\0", "a\0", "\U0010ffff", "\U0010ffffn\0", "n\U0010ffffe"]
)
def test_every_character_comes_back(store: Store, odd: str) -> None:
    article = replace(
        ARTICLE, path=f"表.csv#{odd}", title=odd, source=f"{odd}报", text=f"前{odd}后。", url=odd
    )
    put(store, article, (1, 1 + len(odd)))
    ((passage, found),) = store.passages.get(store.passages.ids()).values()
    assert replace(found, id=0) == article
    assert found.text[passage.start : passage.end] == odd
    assert store.get_article(article.path) == found
    assert store.get_article(f"{article.path}\0") is None
    assert store.hashes() == {article.path: article.sha256}


def test_an_article_with_a_nul_is_synced_and_quoted(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    row = r'{"id": "a\u0000b", "title": "招商", "text": "某某\u0000。第3镇引进亿元以上项目13个。"}'
    (folder / "rows.jsonl").write_text(row + "\n", encoding="utf-8")
    with library_at(address, tmp_path / "l") as library:
        assert library.sync(folder).added == ("rows.jsonl#a\0b",)
        answer = library.ask(QUESTION)
        assert answer.text.split("\n")[0] == "13个"
        (quote, *_) = answer.citations
        assert "\0" in quote.article.text
        assert quote.article.text[quote.start : quote.end] == quote.quote
        assert library.sync(folder).unchanged == ("rows.jsonl#a\0b",)
