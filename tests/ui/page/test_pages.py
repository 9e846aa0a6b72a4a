"""The pages beside the chat, as a browser without scripts gets them from a running server."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from qa import Library
from qa.articles.formats import read_documents
from qa.articles.layout import recognition
from qa.articles.layout.paragraphs import Paragraph
from qa.articles.sandbox import Sandbox
from qa.errors import FolderNotFoundError, LibraryWriteError, refusal
from tests.articles.test_recognition import needs_font, scanned
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.serving import serving
from ui.guard.settings import ServerSettings
from ui.page.article_page import parse_quote
from ui.page.library import plots
from ui.page.library.library_page import size_text
from ui.page.library.listing import Listing
from ui.page.query import Search
from ui.texts.languages import CHINESE, ENGLISH, EXAMPLES

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]
HESHAN = "鹤山招商\n\n来源：江门日报 2023-11-16\n\n鹤山引进亿元以上项目60个，计划总投资209亿元。\n"
KAIPING = "开平教育\n\n来源：开平电视台 2024-01-02\n\n开平市新建小学3所，新增学位4100个。\n"
HOSTILE = (
    "<script>alert(1)</script>{{7*7}}${x}\n\n来源：<img src=x onerror=alert(1)> 2023-12-01\n\n"
    "\u202e坏文章\u2066说 [链接](javascript:alert(1)) \"quoted' </p><b>粗</b>，共有7个项目。\n"
)


class Page(HTMLParser):
    """What a page is made of: tags with their attributes, text, and whether the tags match."""

    VOID = frozenset({"meta", "link", "input", "br", "line"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], "a tag is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        names = {name.rstrip("_"): value for name, value in wanted.items()}
        return [
            attributes
            for found, attributes in self.tags
            if found == tag and names.items() <= attributes.items()
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    for name, text in (("鹤山", HESHAN), ("开平", KAIPING), ("坏<b>", HOSTILE)):
        (made / f"{name}.txt").write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Iterator[Library]:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(folder)
        yield opened


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    with serving(library) as address, httpx.Client(base_url=address, timeout=30) as client:
        client.headers["accept-language"] = "zh-CN"
        yield client


def get(client: httpx.Client, path: str, status: int = 200) -> Page:
    response = client.get(path)
    assert response.status_code == status, response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = Page(response.text)
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href"):
            address = attributes.get(name) or ""
            assert not re.match(r"(?:https?:|//|javascript:|data:)", address, re.IGNORECASE)
    scripts = [tag["src"].rpartition("/")[2] for found, tag in page.tags if found == "script"]
    assert scripts in (["pages.js"], ["pages.js", "uploads.js"]), "only our own"
    assert not {"\u202e", "\u2066"} & set(page.text)
    return page


# -- search ------------------------------------------------------------------------------------


def test_filters_restrict_a_search_and_stay_in_the_form(
    client: httpx.Client, library: Library
) -> None:
    page = get(
        client, "/search?q=项目&source=江门日报&since=2023-01-01&until=2023-12-31&title=招商"
    )
    assert {link["href"].split("?")[0] for link in page.all("a", class_="yj-result-link")} == {
        f"article/{library.article('鹤山.txt').id}"
    }
    assert "selected" in page.all("option", value="江门日报")[0]
    assert page.all("input", name="since")[0]["value"] == "2023-01-01"
    assert page.all("input", name="title")[0]["value"] == "招商"
    nothing = get(client, "/search?q=项目&since=2030-01-01")
    assert CHINESE.nothing_found in nothing.text


def test_what_makes_no_sense_in_an_address_counts_as_left_out(client: httpx.Client) -> None:
    senseless = {"since": "x", "page": "-1", "order": "drop", "by": "<b>", "rerank": "1"}
    assert Search.read({"q": " a ", **senseless}) == Search(query="a")
    assert Search.read({"page": "9" * 30}).number == 1
    assert Listing.read({"order": "drop", "page": "0", "since": "2023-02-30"}) == Listing()
    assert Listing.read({"page": "9" * 30}).number == 1
    get(client, "/search?q=%00%ff%F0%9F%98%80&since=x&page=x&rerank=on")
    get(client, "/search?q=" + "长" * 5000)
    get(client, "/library?page=99&order=x&since=0000-00-00&q=%ED%A0%80")


# -- an article --------------------------------------------------------------------------------


def test_an_article_is_opened_at_its_quote(client: httpx.Client, library: Library) -> None:
    article = library.article("鹤山.txt")
    start = article.text.index("鹤山引进")
    of = article.sha256[:12]
    response = client.get(f"/article/{article.id}?quote={start},{start + 15}&of={of}")
    assert f'id="quote" tabindex="-1">{article.text[start : start + 15]}</mark>' in response.text
    assert get(client, f"/article/{article.id}").all("mark") == []


@needs_font
def test_a_page_that_was_read_from_a_picture_can_be_looked_at(
    client: httpx.Client, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(folder / "扫描.pdf", "字", "图")
    monkeypatch.setattr(recognition, "is_installed", lambda: True)
    monkeypatch.setattr(recognition, "read_picture", lambda _: [Paragraph("引进60个。", 10)])
    monkeypatch.setattr(Sandbox, "read", lambda _, path: read_documents(path))
    library.sync(folder)
    number = library.article("扫描.pdf").id
    response = client.get(f"/picture/{number}/2?of=x")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    assert response.content.startswith(b"\xff\xd8\xff")
    for address in (f"{number}/3", f"{number}/x", f"{number}/-1", "99/1", "../2/1"):
        assert client.get(f"/picture/{address}").status_code in {404, 422}
    other = library.article("鹤山.txt").id
    assert client.get(f"/picture/{other}/1").status_code == 404


def test_a_quote_over_lines_is_marked_in_each_of_them(
    client: httpx.Client, library: Library
) -> None:
    article = library.article("鹤山.txt")
    of = article.sha256[:12]
    page = get(client, f"/article/{article.id}?quote=0,{len(article.text)}&of={of}")
    assert len(page.all("mark")) == 3
    assert len(page.all("mark", id="quote")) == 1


@pytest.mark.parametrize("quote", ["5,2", "3", "0,99999", "-1,5", "a,b", "1" * 30 + ",2"])
def test_a_quote_that_is_none_is_told(client: httpx.Client, library: Library, quote: str) -> None:
    article = library.article("鹤山.txt")
    of = article.sha256[:12]
    assert parse_quote(quote, of, article) is None
    assert CHINESE.quote_gone in get(client, f"/article/{article.id}?quote={quote}&of={of}").text


def test_a_link_to_another_state_of_the_article_marks_nothing(
    client: httpx.Client, library: Library, folder: Path
) -> None:
    article = library.article("鹤山.txt")
    address = f"/article/{article.id}?quote=0,4&of={article.sha256[:12]}"
    assert len(get(client, address).all("mark")) == 1
    (folder / "鹤山.txt").write_text(f"新闻。{HESHAN}", encoding="utf-8")
    library.sync(folder)
    page = get(client, address)
    assert page.all("mark") == []
    assert CHINESE.quote_gone in page.text
    assert CHINESE.quote_gone in get(client, f"/article/{article.id}?quote=0,4").text


@pytest.mark.parametrize("number", ["999", "9" * 40, "..%2F..%2Fetc%2Fpasswd", "%00", "x"])
def test_an_article_that_is_not_there_is_told(client: httpx.Client, number: str) -> None:
    response = client.get(f"/article/{number}")
    assert response.status_code == 404
    assert "passwd" not in response.text


def test_an_error_of_ours_is_a_page_that_tells_it(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Library) -> None:
        raise FolderNotFoundError(
            "closed", "the folder {folder} cannot be read", folder="/secret/place"
        )

    monkeypatch.setattr(Library, "status", broken)
    page = get(client, "/library", 409)
    assert "the folder place cannot be read" in page.text
    assert "/secret" not in page.text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh-CN", "索引不能写入（磁盘已满）；文章没有丢失，请腾出空间再试"),
        ("en", "the index cannot be written (full); the articles are safe: free some space"),
    ],
)
def test_why_a_sync_failed_is_told_in_the_language_of_the_page(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, language: str, told: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise LibraryWriteError(
            "index_not_written",
            "the index cannot be written ({why}); the articles are safe: free some space",
            why=refusal(OSError(errno.ENOSPC, "full")),
        )

    monkeypatch.setattr(Library, "sync", full)
    client.headers["accept-language"] = language
    assert client.post("/library/sync").status_code == 200
    state = client.get("/library/sync").json()
    assert (state["state"], state["error"]) == ("failed", told)


def test_why_a_file_cannot_be_read_is_told_in_chinese_after_a_restart(
    client: httpx.Client, library: Library, folder: Path
) -> None:
    folder.joinpath("空.txt").write_bytes(b"")
    library.sync(folder)
    with Library.open(library.path, encoder=HashEncoder(), reader=RuleReader()) as again:
        (failure,) = (one for one in again.status().failed if one.path == "空.txt")
    assert (failure.reason, failure.code) == ("the file has no text", "no_text")
    page = get(client, "/library").text
    assert "文件里没有文字" in page
    assert "the file has no text" not in page


def test_hostile_text_is_inert_on_every_page(client: httpx.Client, library: Library) -> None:
    article = library.article("坏<b>.txt")
    for path in (f"/article/{article.id}", "/library", "/search?q=坏文章说链接", "/library?q=<b>"):
        page = get(client, path)
        assert page.all("img") == page.all("b", onerror="x") == []
        assert "<script>alert(1)</script>" in page.text or "说 [链接]" in page.text


# -- the library -------------------------------------------------------------------------------


def test_the_library_tells_what_it_holds(client: httpx.Client, folder: Path) -> None:
    (folder / "坏.pdf").write_bytes(b"%PDF-1.4 nothing")
    client.post("/library/sync")
    wait(client)
    page = get(client, "/library")
    assert str(folder) in page.text
    assert CHINESE.fresh in page.text
    assert "坏.pdf" in page.text
    links = [row["href"] for row in page.all("a") if (row["href"] or "").startswith("article/")]
    assert len(links) == 3
    timeline = page.all("svg")[0]["aria-label"]
    assert timeline == "每月文章数: 2023-11 至 2024-01，最多的是 2023-11，1 篇"
    assert len(page.all("rect", class_="yj-plot-bar")) == 3


def wait(client: httpx.Client) -> dict[str, object]:
    for _ in range(500):
        state: dict[str, object] = client.get("/library/sync").json()
        if state["state"] != "running":
            return state
    raise AssertionError(state)


def test_the_list_is_searched_filtered_and_sorted(client: httpx.Client) -> None:
    def titles(query: str) -> list[str]:
        html = client.get(f"/library?{query}").text
        return re.findall(r'<th scope="row"><a href="article/\d+"><bdi>(.*?)</bdi>', html)

    assert titles("") == ["开平教育", titles("order=title")[0], "鹤山招商"]
    assert titles("order=oldest")[0] == "鹤山招商"
    assert titles("q=学位") == []
    assert titles("q=开平") == ["开平教育"]
    assert titles("source=江门日报") == ["鹤山招商"]
    assert titles("since=2024-01-01&until=2024-01-31") == ["开平教育"]


def test_pages_of_the_list_lead_to_one_another(
    client: httpx.Client, library: Library, folder: Path
) -> None:
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"第{number}篇\n\n开平{number}。\n", encoding="utf-8")
    library.sync(folder)
    first = get(client, "/library?q=篇&order=path")
    (forward,) = first.all("a", rel="next")
    assert forward["href"] == "?q=%E7%AF%87&order=path&page=2#yj-list"
    second = get(client, f"/library{forward['href']}".removesuffix("#yj-list"))
    assert len(second.all("tr")) == 1 + 10
    assert second.all("a", rel="next") == []
    assert second.all("a", rel="prev")[0]["href"] == "?q=%E7%AF%87&order=path&page=1#yj-list"
    beyond = get(client, "/library?q=篇&order=path&page=9")
    assert len(beyond.all("tr")) == 1 + 10


# -- changing it -------------------------------------------------------------------------------


def arrived(client: httpx.Client, *paths: str) -> dict[str, dict[str, str]]:
    """Return how far uploaded files are, once they are as far as they get."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        told = client.post("/library/arrivals", json={"paths": paths}).json()["files"]
        if all(file["stage"] in {"found", "failed"} for file in told.values()):
            return dict(told)
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_file_is_uploaded_indexed_found_and_taken_out(
    client: httpx.Client, library: Library, folder: Path
) -> None:
    text = "恩平温泉\n\n恩平市有温泉度假村12家。\n".encode()
    stored = client.post("/library/upload", params={"name": "恩平.txt"}, content=text)
    assert stored.json() == {"path": "恩平.txt", "is_new": True}
    assert (folder / "恩平.txt").read_bytes() == text
    assert client.post("/library/upload", params={"name": "恩平.txt"}, content=text).json() == {
        "path": "恩平.txt",
        "is_new": False,
    }
    assert arrived(client, "恩平.txt") == {"恩平.txt": {"stage": "found"}}
    assert library.ask("恩平有多少家温泉度假村").text == "12家"
    number = library.article("恩平.txt").id
    assert client.post("/library/remove", params={"number": number}).status_code == 204
    assert not (folder / "恩平.txt").exists()
    assert library.ask("恩平有多少家温泉度假村").status == "no_evidence"
    again = client.post("/library/remove", params={"number": number})
    assert (again.status_code, again.json()["error"]["type"]) == (404, "article_not_found")


def test_an_upload_that_cannot_be_read_says_so_beside_those_that_can(
    client: httpx.Client, library: Library
) -> None:
    broken = client.post("/library/upload", params={"name": "坏.docx"}, content=b"PK no archive")
    whole = client.post(
        "/library/upload",
        params={"name": "../<b>\u202e恩平.txt"},
        content="恩平温泉\n\n恩平市有温泉度假村12家。\n".encode(),
    )
    paths = [response.json()["path"] for response in (broken, whole)]
    assert paths == ["坏.docx", "_b__恩平.txt"]
    client.headers["accept-language"] = "zh-CN"
    told = arrived(client, *paths)
    assert told["_b__恩平.txt"] == {"stage": "found"}
    assert told["坏.docx"]["stage"] == "failed"
    assert re.search("[\u4e00-\u9fff]", told["坏.docx"]["error"])
    assert library.has("_b__恩平.txt")
    status = client.get("/api/v1/status").json()
    assert (status["fresh"], len(status["failed"])) == (True, 1)


def test_starters_are_of_these_articles_and_answered(
    client: httpx.Client, library: Library
) -> None:
    questions = client.get("/conversation/starters").json()["questions"]
    assert questions
    assert all(library.ask(question).status == "answered" for question in questions)
    assert not set(questions) & set(EXAMPLES)
    assert client.get("/conversation/starters").json()["questions"] == questions


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("../../x.exe", b"x", ("files of this kind cannot be read", "x.exe：不能读取这种文件")),
        ("a.txt", b"", ("a.txt is empty", "a.txt 是空文件")),
        ("a.txt", b"x" * 3_000_000, ("the request is too large", "请求太大")),
        ("\u202e", b"x", ("rename it", "不能用作文件名，请改名")),
    ],
)
def test_what_cannot_be_taken_is_told(
    library: Library, folder: Path, name: str, content: bytes, told: tuple[str, str]
) -> None:
    before = sorted(folder.iterdir())
    settings = ServerSettings(max_upload_bytes=2 << 20)
    with serving(library, settings) as address:
        for language, said in zip(("en", "zh-CN"), told, strict=True):
            response = httpx.post(
                f"{address}/library/upload",
                params={"name": name},
                headers={"accept-language": language},
                content=content,
                timeout=30,
            )
            assert response.status_code == (413 if len(content) > 2 << 20 else 422)
            assert said in response.json()["error"]["message"]
            assert str(folder) not in response.text
    assert sorted(folder.iterdir()) == before


def test_an_upload_that_does_not_tell_its_length_is_cut_off(library: Library, folder: Path) -> None:
    before = sorted(folder.iterdir())
    with serving(library, ServerSettings(max_upload_bytes=2 << 20)) as address:
        response = httpx.post(
            f"{address}/library/upload",
            params={"name": "a.txt"},
            headers={"accept-language": "zh-CN"},
            content=iter([b"x" * 1_000_000] * 3),  # in chunks, without a length
            timeout=30,
        )
    assert response.status_code == 413
    assert response.json()["error"]["message"].startswith("请求太大")
    assert sorted(folder.iterdir()) == before


def test_a_read_only_server_offers_and_does_nothing(library: Library, folder: Path) -> None:
    with serving(library, ServerSettings(read_only=True)) as address:
        page = Page(httpx.get(f"{address}/library").text)
        assert [row for row in page.tags if row[0] in {"button", "dialog"}] == [
            ("button", {"type": "submit", "class": "yj-button"})
        ]
        assert str(folder) not in page.text
        number = library.article("鹤山.txt").id
        for path in ("sync", f"remove?number={number}", "upload?name=a.txt"):
            response = httpx.post(f"{address}/library/{path}", content=b"text")
            assert (response.status_code, response.json()["error"]["type"]) == (403, "read_only")
    assert library.article(number).path == "鹤山.txt"
    assert not (folder / "a.txt").exists()


# -- plots and numbers -------------------------------------------------------------------------


def test_the_timeline_draws_empty_months_as_gaps_on_a_true_scale() -> None:
    svg = plots.timeline([("", 9), ("2023-11", 3), ("2024-02", 6)], CHINESE)
    bars = re.findall(r'<rect class="yj-plot-bar" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"><title>', svg)]
    assert len(bars) == 2
    assert float(bars[1][0]) - float(bars[0][0]) == pytest.approx(3 * (720 - 46) / 4, abs=0.2)
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.11)
    assert heights[1] == pytest.approx((170 - 32 - 8) * 6 / 10, abs=0.06)
    assert "since=2024-02-01&amp;until=2024-02-29" in svg
    assert plots.timeline([("", 9)], CHINESE) == ""


def test_many_years_are_drawn_by_year() -> None:
    svg = plots.timeline([("1990-01", 1), ("1990-05", 1), ("2024-01", 5)], ENGLISH)
    assert svg.count("<rect") == 2
    assert "since=1990-01-01&amp;until=1990-12-31" in svg
    assert "1990: Articles: 2" in svg


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "0.977 KiB"), (5_800_000, "5.53 MiB")]
)
def test_sizes_are_told_in_units_that_people_use(size: int, text: str) -> None:
    assert size_text(size) == text
