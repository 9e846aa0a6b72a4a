"""The REST interface, asked over HTTP on a running server."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa import Library, types
from qa.config import ModelSettings
from qa.errors import (
    FolderNotFoundError,
    LibraryBusyError,
    LibraryConnectionError,
    ModelError,
    YinjuError,
)
from qa.syncing.lock import WriteLock
from tests.serving import ARTICLES, HESHAN, library_of, serving
from ui import schema
from ui.guard.settings import ServerSettings
from ui.problems import problem_of, problem_of_status

pytestmark = [
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
BRIEF = {"id", "title", "source", "published", "path"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("api") / "library") as opened:
        yield opened


@pytest.fixture(scope="module")
def api(library: Library) -> Iterator[httpx.Client]:
    with (
        serving(library, ServerSettings(rate=0)) as address,
        httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client,
    ):
        yield client


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Library]:
    """A library to change."""
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def own_api(own: Library) -> Iterator[httpx.Client]:
    with serving(own) as address, httpx.Client(base_url=f"{address}/api/v1") as client:
        yield client


def settled(api: httpx.Client) -> dict[str, Any]:
    for _ in range(200):
        state: dict[str, Any] = api.get("/sync").json()
        if state["state"] != "running":
            return state
        time.sleep(0.02)
    raise AssertionError(state)


# -- kept questions -----------------------------------------------------------------------------


def test_a_question_is_kept_listed_and_dropped(own: Library, own_api: httpx.Client) -> None:
    assert own_api.get("/watchlist").json() == {"questions": []}
    kept = own_api.post("/watchlist", json={"question": HESHAN, "filters": {"since": "2023-01-01"}})
    assert kept.status_code == 200
    saved = kept.json()
    assert schema.SavedQuestion(**saved) == schema.SavedQuestion.of(own.watchlist.questions()[0])
    assert (saved["answer"]["text"], saved["change"], saved["before"]) == ("60个", "", None)
    assert own_api.get("/watchlist").json() == {"questions": [saved]}
    assert own_api.delete(f"/watchlist/{saved['id']}").json() == saved
    gone = own_api.delete(f"/watchlist/{saved['id']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "saved_question_not_found")
    nowhere = {"question": HESHAN, "filters": {"source": "没有这份报"}}
    assert own_api.post("/watchlist", json=nowhere).status_code == 404


def test_a_read_only_server_keeps_and_drops_nothing(own: Library) -> None:
    saved = own.watchlist.keep(HESHAN)
    with serving(own, ServerSettings(read_only=True)) as address:
        kept = httpx.post(f"{address}/api/v1/watchlist", json={"question": "几个"})
        dropped = httpx.delete(f"{address}/api/v1/watchlist/{saved.id}")
        listed = httpx.get(f"{address}/api/v1/watchlist").json()
    assert [kept.status_code, dropped.status_code] == [403, 403]
    assert [question["id"] for question in listed["questions"]] == [saved.id]


# -- asking and searching ------------------------------------------------------------------------


def test_an_answer_quotes_its_article(api: httpx.Client) -> None:
    answer = api.post("/ask", json={"question": HESHAN}).json()
    assert (answer["status"], answer["text"]) == ("answered", "60个")
    (citation,) = answer["citations"]
    assert citation["article"] == {
        "id": citation["article"]["id"],
        "title": "鹤山提速",
        "source": "广州日报",
        "published": "2023-11-16",
        "path": "鹤山.txt",
    }
    article = api.get(f"/articles/{citation['article']['id']}").json()
    assert article["text"] == ARTICLES["鹤山.txt"]
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert citation["quote"] == "鹤山市1月至9月引进亿元以上项目60个,创新高。"


def test_the_questions_before_complete_one(api: httpx.Client) -> None:
    asked = {"question": "潮州呢？", "history": ["鹤山市有多少个省级农业产业园"]}
    assert api.post("/ask", json=asked).json()["text"] == "16个"


def test_fifty_at_once_are_all_answered(api: httpx.Client) -> None:
    with ThreadPoolExecutor(50) as askers:
        asked = [askers.submit(api.post, "/ask", json={"question": HESHAN}) for _ in range(50)]
        answers = [future.result().json()["text"] for future in asked]
    assert answers == ["60个"] * 50


def test_no_evidence_is_an_answer_without_citations(api: httpx.Client) -> None:
    answer = api.post("/ask", json={"question": "开平引进了多少亿元以上项目"}).json()
    assert (answer["status"], answer["citations"]) == ("no_evidence", [])
    assert answer["related"]


def test_filters_restrict_what_is_asked_and_found(api: httpx.Client) -> None:
    of_another = {"question": HESHAN, "filters": {"article": "潮州.txt"}}
    answer = api.post("/ask", json=of_another).json()
    assert (answer["status"], answer["filters"]["article"]) == ("no_evidence", "潮州.txt")
    nowhere = api.post("/ask", json={"question": HESHAN, "filters": {"source": "北方"}})
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "filters_admit_none")
    posted = api.post("/search", json={"query": "公路", "filters": {"path": "潮州"}}).json()
    assert {hit["article"]["path"] for hit in posted["hits"]} == {"潮州.txt"}
    got = api.get("/search", params={"query": "公路", "since": "2023-01-01"}).json()
    assert {hit["article"]["path"] for hit in got["hits"]} == {"鹤山.txt"}


def test_a_search_is_what_the_library_finds(api: httpx.Client, library: Library) -> None:
    hits = library.retrieve("产业园", 2)
    for rerank in (False, True):
        found = api.get("/search", params={"query": "产业园", "k": 2, "rerank": rerank}).json()
        assert found["hits"][0]["text"] == hits[0].text
        assert len(found["hits"]) == 2
    assert found == api.post("/search", json={"query": "产业园", "k": 2, "rerank": True}).json()


def test_the_fields_are_those_of_the_data_model() -> None:
    pairs = [
        (schema.Article, types.Article),
        (schema.Passage, types.Passage),
        (schema.Hit, types.Hit),
        (schema.Citation, types.Citation),
        (schema.Answer, types.Answer),
        (schema.Filters, types.Filters),
        (schema.Failure, types.Failure),
        (schema.LeftOut, types.LeftOut),
        (schema.FileRead, types.FileRead),
        (schema.SyncReport, types.SyncReport),
    ]
    for model, data in pairs:
        assert set(model.model_fields) == {field.name for field in dataclasses.fields(data)}
    status = {field.name for field in dataclasses.fields(types.LibraryStatus)}
    assert set(schema.Status.model_fields) == status - {"library", "folder"}
    assert set(schema.ArticleBrief.model_fields) == BRIEF


# -- the library ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "paths"),
    [
        ({}, ["开平.txt", "潮州.txt", "鹤山.txt"]),
        ({"order": "desc"}, ["鹤山.txt", "潮州.txt", "开平.txt"]),
        ({"sort": "published"}, ["潮州.txt", "鹤山.txt", "开平.txt"]),
        ({"sort": "published", "order": "desc"}, ["鹤山.txt", "潮州.txt", "开平.txt"]),
        ({"source": "日报", "limit": 1, "offset": 1}, ["鹤山.txt"]),
        ({"until": "2022-12-31"}, ["潮州.txt"]),
        ({"offset": 3}, []),
    ],
)
def test_articles_are_listed_in_pages(
    api: httpx.Client, params: dict[str, Any], paths: list[str]
) -> None:
    page = api.get("/articles", params=params).json()
    assert [article["path"] for article in page["articles"]] == paths
    assert page["total"] == {"source": 2, "until": 1}.get(next(iter(params), ""), 3)
    assert all(set(article) == BRIEF for article in page["articles"])


def test_the_status_tells_no_path_of_the_machine(own: Library, own_api: httpx.Client) -> None:
    status = own_api.get("/status")
    assert str(own.path) not in status.text
    assert str(own.path.parent) not in status.text
    told = status.json()
    assert (told["articles"], told["fresh"], told["stale_model"]) == (3, True, False)
    assert sorted(told["changes"]["unchanged"]) == sorted(ARTICLES)
    there = types.LibraryStatus("l", "f", 0, 0, "/home/me/bge", "x", True, False, None, ())
    assert schema.Status.of(there).model == "bge"
    assert ModelSettings().model == told["model"]


def test_health_asks_neither_model_nor_library(own: Library, own_api: httpx.Client) -> None:
    own.close()
    assert own_api.get("/health").json() == {"status": "ok", "ready": True}


def test_an_article_is_removed_and_a_sync_brings_it_back(
    own: Library, own_api: httpx.Client
) -> None:
    number = own.article("鹤山.txt").id
    removed = own_api.delete(f"/articles/{number}")
    assert (removed.status_code, removed.json()["path"]) == (200, "鹤山.txt")
    assert own_api.get(f"/articles/{number}").status_code == 404
    assert own_api.delete(f"/articles/{number}").status_code == 404
    assert own_api.get("/sync").json()["state"] == "idle"
    assert own_api.post("/sync").status_code == 202
    done = settled(own_api)
    assert (done["state"], done["done"], done["total"]) == ("done", 1, 1)
    assert done["report"]["added"] == ["鹤山.txt"]
    assert sorted(done["report"]["unchanged"]) == ["开平.txt", "潮州.txt"]


def test_one_sync_at_a_time(
    own: Library, own_api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    sync = Library.sync

    def slow(self: Library, folder: Any, progress: Any, **how: Any) -> Any:
        progress(1, 4)
        go_on.wait(20)
        return sync(self, folder, progress, **how)

    monkeypatch.setattr(Library, "sync", slow)
    started = own_api.post("/sync")
    assert (started.status_code, started.json()["state"]) == (202, "running")
    assert own_api.get("/sync").json()["done"] == 1
    second = own_api.post("/sync")
    assert (second.status_code, second.json()["error"]["type"]) == (409, "library_busy")
    go_on.set()
    assert settled(own_api)["state"] == "done"
    assert own_api.post("/sync").status_code == 202
    settled(own_api)


def test_what_another_process_writes_is_a_conflict(own: Library, own_api: httpx.Client) -> None:
    with WriteLock(own.path).held():
        for answer in (own_api.post("/sync"), own_api.delete("/articles/1")):
            assert answer.status_code == 409
            assert answer.json()["error"]["type"] == "library_busy"
            assert str(own.path.parent) not in answer.text
    assert own_api.get("/sync").json()["state"] == "idle"


def test_a_sync_takes_no_folder_from_a_client(own: Library, own_api: httpx.Client) -> None:
    own_api.post("/sync", json={"folder": "/etc"}, params={"folder": "/etc"})
    assert settled(own_api)["report"]["unchanged"] != []
    for file in (own.path.parent / "articles").iterdir():
        file.unlink()
    (own.path.parent / "articles").rmdir()
    gone = own_api.post("/sync")
    assert (gone.status_code, gone.json()["error"]["type"]) == (409, "folder_not_found")


def test_a_sync_that_fails_says_why(
    own: Library, own_api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Library, folder: Any, progress: Any, **_: Any) -> Any:
        raise FolderNotFoundError("none", "{folder} is no folder", folder=folder)

    monkeypatch.setattr(Library, "sync", fail)
    assert own_api.post("/sync").status_code == 202
    assert settled(own_api) == {
        "state": "failed",
        "done": 0,
        "total": 0,
        "report": None,
        "error": "articles is no folder",
        "code": "none",
    }


def test_a_sync_that_would_empty_the_library_waits_for_a_yes(
    own: Library, own_api: httpx.Client
) -> None:
    folder = own.path.parent / "articles"
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"第{number}村修路{number}公里。", encoding="utf-8")
    own_api.post("/sync")
    assert settled(own_api)["state"] == "done"
    for number in range(20):
        (folder / f"{number}.txt").unlink()
    own_api.post("/sync")
    failed = settled(own_api)
    assert (failed["state"], failed["code"]) == ("failed", "sync_removes_many")
    assert str(folder.parent) not in failed["error"]
    own_api.post("/sync", params={"confirmed": True})
    assert len(settled(own_api)["report"]["removed"]) == 20


def test_a_sync_by_checksum_sees_what_size_and_time_do_not_tell(
    own: Library, own_api: httpx.Client
) -> None:
    path = own.path.parent / "articles" / "hidden.txt"
    for text in ("去年修路12公里。", "去年修路13公里。"):
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(10**18, 10**18))
        own_api.post("/sync")
        report = settled(own_api)["report"]
    assert (report["added"], report["updated"]) == ([], [])
    own_api.post("/sync", params={"checksum": True})
    assert settled(own_api)["report"]["updated"] == ["hidden.txt"]
    assert own.article("hidden.txt").text == "去年修路13公里。"


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("GET", "/articles/999", None, (404, "article_not_found")),
        ("GET", "/articles/0", None, (422, "validation")),
        ("GET", f"/articles/{2**63}", None, (422, "validation")),
        ("GET", "/articles?limit=201", None, (422, "validation")),
        ("GET", "/articles?folder=/etc", None, (422, "validation")),
        ("GET", "/articles?since=0", None, (422, "validation")),
        ("GET", "/articles?since=2023-13-01", None, (422, "validation")),
        ("POST", "/ask", {"question": "甲", "wait": 0}, (422, "validation")),
        ("POST", "/ask", {"question": "甲", "filters": {"since": 0}}, (422, "validation")),
        ("POST", "/search", {"query": "甲", "k": "3"}, (422, "validation")),
        ("GET", "/nothing", None, (404, "not_found")),
        ("PUT", "/ask", {}, (405, "method_not_allowed")),
        ("POST", "/ask", {}, (422, "validation")),
        ("POST", "/ask", {"question": " \n"}, (422, "validation")),
        ("POST", "/ask", {"question": "甲" * 2001}, (422, "validation")),
        ("POST", "/ask", {"question": "甲", "folder": "/etc"}, (422, "validation")),
        ("POST", "/search", {"query": "甲", "k": 101}, (422, "validation")),
        ("GET", "/search", None, (422, "validation")),
    ],
)
def test_errors_have_one_form(
    api: httpx.Client, method: str, path: str, body: Any, error: tuple[int, str]
) -> None:
    answer = api.request(method, path, json=body)
    said = answer.json()["error"]
    assert (answer.status_code, said["type"]) == error
    assert set(answer.json()) == {"error"}
    assert set(said) == {"type", "code", "message"}


@pytest.mark.parametrize(
    ("path", "methods"), [("/sync", "GET, POST"), ("/articles/1", "DELETE, GET"), ("/ask", "POST")]
)
def test_a_wrong_method_is_told_the_right_ones(api: httpx.Client, path: str, methods: str) -> None:
    assert api.put(path).headers["allow"] == methods


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b"{"])
def test_a_body_that_is_no_json_is_refused(api: httpx.Client, content: bytes) -> None:
    answer = api.post("/ask", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["type"] == "validation"


def test_a_refused_request_is_not_repeated(api: httpx.Client) -> None:
    answer = api.post("/ask", content=b'{"question": "secret', headers={"content-type": "a/json"})
    assert answer.status_code == 422
    assert "secret" not in answer.text


@pytest.mark.parametrize("question", ["\\ud800", "\\u0000", "\\u202e鹤山", "'; DROP TABLE --"])
def test_odd_questions_do_no_harm(api: httpx.Client, question: str) -> None:
    content = f'{{"question": "{question}"}}'.encode()
    answer = api.post("/ask", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == (422 if "ud800" in question else 200)


def test_an_error_is_named_after_its_class_and_tells_no_path() -> None:
    busy = LibraryBusyError("busy", "process 7 is writing to /home/me/library; wait")
    assert problem_of(busy, ["/home/me", "/home/me/library"]) == (
        409,
        "library_busy",
        "process 7 is writing to library; wait",
        "busy",
    )
    assert problem_of(YinjuError("x", "x")).status == 500
    assert problem_of(LibraryConnectionError("x", "x"))[:2] == (503, "library_connection")
    assert problem_of_status(405, "no").type == "method_not_allowed"


def test_an_error_tells_no_path_of_a_model(
    own: Library, own_api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> Any:
        said = "there is no model at {model} for {path}"
        raise ModelError("x", said, model="/home/me/bge", path=own.path)

    monkeypatch.setattr(Library, "ask", missing)
    answer = own_api.post("/ask", json={"question": "甲"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["message"] == "there is no model at bge for library"


def test_a_bug_is_told_without_its_words(api: httpx.Client, monkeypatch: Any) -> None:
    def broken(self: Library) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(Library, "status", broken)
    answer = api.get("/status")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "internal"
    assert "secret" not in answer.text


def test_who_does_not_wait_is_told_that_models_load(
    own: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.model_loading import ModelLoading

    monkeypatch.setattr(ModelLoading, "ready", False)
    with serving(own) as address:
        for path, body in (("ask", {"question": "甲"}), ("search", {"query": "甲"})):
            answer = httpx.post(f"{address}/api/v1/{path}", json={**body, "wait": False})
            assert answer.status_code == 503
            assert answer.json()["error"]["type"] == "loading"
            assert answer.headers["retry-after"] == "5"
            assert httpx.post(f"{address}/api/v1/{path}", json=body).status_code == 200
        assert httpx.get(f"{address}/api/v1/health").json()["ready"] is False


# -- the description -----------------------------------------------------------------------------


def test_the_description_names_every_route_and_error(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    assert described["servers"] == [{"url": "/api/v1"}]
    routes = {(path, method) for path, item in described["paths"].items() for method in item}
    assert routes == {
        ("/ask", "post"),
        ("/search", "post"),
        ("/search", "get"),
        ("/articles", "get"),
        ("/articles/{article_id}", "get"),
        ("/articles/{article_id}", "delete"),
        ("/status", "get"),
        ("/health", "get"),
        ("/sync", "get"),
        ("/sync", "post"),
        ("/watchlist", "get"),
        ("/watchlist", "post"),
        ("/watchlist/{saved_id}", "delete"),
    }
    for item in described["paths"].values():
        for route in item.values():
            assert route["description"] or route["summary"]
            errors = {code: said for code, said in route["responses"].items() if code >= "4"}
            assert {"401", "422", "429", "500"} <= set(errors)
            for said in errors.values():
                form = said["content"]["application/json"]["schema"]
                assert form == {"$ref": "#/components/schemas/Error"}
    assert "HTTPValidationError" not in described["components"]["schemas"]
    assert api.get("/docs").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_server_keeps_to_its_description(own: Library, seed: int, tmp_path: Path) -> None:
    """Schemathesis asks what the description allows, and what it does not, alone and in chains."""
    with serving(own, ServerSettings(rate=0)) as address:
        described = httpx.get(f"{address}/api/v1/openapi.json").json()
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"{address}/api/v1/openapi.json",
                f"--seed={seed}",
                "--max-examples=25",
                "--no-color",
            ],
            cwd=tmp_path,  # it leaves its notes there
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-5000:]
    operations = sum(map(len, described["paths"].values()))
    assert operations == 13
    assert f"Tested: {operations}" in done.stdout
