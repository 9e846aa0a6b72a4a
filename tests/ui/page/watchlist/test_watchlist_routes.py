"""ui.page.watchlist: the list, the feed and what changes them, asked over HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from qa import Filters, Library
from qa.errors import LibraryBusyError
from qa.watchlist import watchlist as module
from qa.watchlist.watchlist import Review, Unreviewed, saved_id
from tests.serving import ARTICLES, HESHAN, library_of, serving
from ui.guard.settings import ServerSettings
from ui.texts.languages import CHINESE, ENGLISH

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]
OLD = "鹤山市1月至9月引进亿元以上项目60个,创新高。"
NEW = OLD.replace("60", "75")
HOSTILE = "<script>alert(1)</script>\"'&\u202e{x}鹤山引进了多少亿元以上项目"
ATOM = "{http://www.w3.org/2005/Atom}"
ID = saved_id(HESHAN, Filters())


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    with serving(library) as address, httpx.Client(base_url=address, timeout=30) as opened:
        yield opened


def change(library: Library, old: str = "60", new: str = "75") -> None:
    folder = library.path.parent / "articles"
    text = (folder / "鹤山.txt").read_text(encoding="utf-8")
    (folder / "鹤山.txt").write_text(text.replace(old, new), encoding="utf-8")
    library.sync(folder)
    assert library.watchlist.review().failed == ()


def parsed(response: httpx.Response) -> ElementTree.Element:
    return ElementTree.fromstring(response.content)  # noqa: S314 - it is our own


def entries(client: httpx.Client) -> list[ElementTree.Element]:
    response = client.get("/watchlist.atom", headers={"accept-language": "en"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/atom+xml"
    return parsed(response).findall(f"{ATOM}entry")


def text_of(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def test_an_empty_list_says_how_to_fill_it(client: httpx.Client) -> None:
    for language, messages in (("zh-CN", CHINESE), ("en", ENGLISH)):
        shown = client.get("/watchlist", headers={"accept-language": language})
        assert shown.status_code == 200
        assert messages.watchlist_empty in shown.text
    assert client.get("/watchlist/kept").json() == {"ids": []}
    feed = parsed(client.get("/watchlist.atom"))
    assert text_of(feed, "updated") == "1970-01-01T00:00:00+00:00"
    assert feed.findall(f"{ATOM}entry") == []


def test_a_question_is_kept_and_dropped(client: httpx.Client, library: Library) -> None:
    for _ in range(2):
        sent = {"question": HESHAN, "filters": {}}
        assert client.post("/watchlist/keep", json=sent).json() == {"id": ID}
    sent = {"question": HESHAN, "filters": {"since": "2023-01-01"}}
    other = client.post("/watchlist/keep", json=sent).json()["id"]
    assert {*client.get("/watchlist/kept").json()["ids"]} == {ID, other}
    assert client.post("/watchlist/drop", json={"id": ID}).status_code == 204
    gone = client.post("/watchlist/drop", json={"id": ID}, headers={"accept-language": "zh"})
    assert gone.status_code == 404
    assert gone.json()["error"]["message"] == f"没有关注这个问题（{ID}）"
    assert [saved.id for saved in library.watchlist.questions()] == [other]


def test_a_change_stands_first_with_old_and_new_quote(
    client: httpx.Client, library: Library
) -> None:
    library.watchlist.keep(HESHAN)
    library.watchlist.keep("潮州有多少个省级农业产业园")
    change(library)
    shown = client.get("/watchlist", headers={"accept-language": "zh-CN"}).text
    plain = re.sub("<[^>]+>", "", shown)
    assert plain.index("有变化 (1)") < plain.index(OLD) < plain.index(NEW)
    assert plain.index(NEW) < plain.index("没有变化 (1)") < plain.index("潮州市有省级农业产业园")
    assert "答案变了" in plain
    assert shown.count("data-drop=") == 2
    article = library.article("鹤山.txt")
    start = article.text.index(NEW)
    links = re.findall(r'href="(article/[^"]+)"', shown)
    assert len(links) == 2  # the old quote's place is gone
    assert plain.count(CHINESE.place_gone) == 1
    assert links[0].replace("&amp;", "&") == (
        f"article/{article.id}?quote={start},{start + len(NEW)}&of={article.sha256[:12]}#quote"
    )
    opened = client.get("/" + links[0].replace("&amp;", "&"))
    assert f'<mark class="yj-quoted" id="quote" tabindex="-1">{NEW}</mark>' in opened.text


def test_the_feed_has_an_entry_for_each_change(client: httpx.Client, library: Library) -> None:
    library.watchlist.keep(HESHAN)
    assert entries(client) == []
    change(library)
    (entry,) = entries(client)
    assert entries(client)[0].findtext(f"{ATOM}id") == text_of(entry, "id")
    assert text_of(entry, "title") == f"{HESHAN} · {ENGLISH.changes['answer']}"
    (saved,) = library.watchlist.questions()
    assert saved.changed is not None
    assert text_of(entry, "updated") == saved.changed.isoformat()
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    plain = re.sub("<[^>]+>", "", content.text or "")
    assert plain.index(OLD) < plain.index(NEW)
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert (link.get("href") or "").startswith(str(client.base_url))
    assert client.get(link.get("href") or "").status_code == 200
    change(library, "75", "60")
    (again,) = entries(client)
    assert text_of(again, "id") != text_of(entry, "id")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", text_of(again, "id"))


def test_hostile_text_stays_text_in_page_and_feed(client: httpx.Client, library: Library) -> None:
    folder = library.path.parent / "articles"
    text = ARTICLES["鹤山.txt"].replace("鹤山提速", "<b>]]>\uffff标题").replace(",创", "<i>,创")
    (folder / "鹤山.txt").write_text(text, encoding="utf-8")
    library.sync(folder)
    sent = {"question": HOSTILE, "filters": {"path": "<鹤>"}}
    assert client.post("/watchlist/keep", json=sent).status_code == 404
    sent["filters"] = {"path": "鹤"}
    assert client.post("/watchlist/keep", json=sent).status_code == 200
    change(library)
    shown = client.get("/watchlist").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;\ufffd&#123;x&#125;" in shown
    (entry,) = entries(client)
    assert text_of(entry, "title").startswith("<script>alert(1)</script>\"'&\ufffd{x}鹤山")
    content = text_of(entry, "content")
    assert "&lt;i&gt;,创" in content
    assert "<i>" not in content
    docx = client.get("/watchlist.docx")
    assert docx.content.startswith(b"PK")


def test_the_word_digest_has_old_and_new_quote(client: httpx.Client, library: Library) -> None:
    docx = pytest.importorskip("docx")
    library.watchlist.keep(HESHAN)
    change(library)
    document = docx.Document(io.BytesIO(client.get("/watchlist.docx").content))
    texts = [part.text for part in document.paragraphs]
    assert [text.split("\n")[0] for text in texts if "创新高" in text] == [OLD, NEW]
    assert sum(text.startswith(str(client.base_url)) for text in texts) == 1


def test_a_read_only_server_shows_and_changes_nothing(library: Library) -> None:
    library.watchlist.keep(HESHAN)
    with serving(library, ServerSettings(read_only=True)) as address:
        shown = httpx.get(f"{address}/watchlist").text
        assert "data-keep" not in httpx.get(f"{address}/").text
        assert HESHAN in shown
        assert "data-drop" not in shown
        for path, sent in (("keep", {"question": "几个"}), ("drop", {"id": ID})):
            refused = httpx.post(f"{address}/watchlist/{path}", json=sent)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "read_only")
    assert library.watchlist.count == 1


@pytest.mark.parametrize("path", ["keep", "drop"])
def test_other_web_sites_change_nothing(client: httpx.Client, library: Library, path: str) -> None:
    library.watchlist.keep(HESHAN)
    sent = {"question": "潮州有多少个省级农业产业园"} if path == "keep" else {"id": ID}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
        refused = client.post(f"/watchlist/{path}", json=sent, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site")
    assert [saved.id for saved in library.watchlist.questions()] == [ID]


def test_the_usual_guards_hold(library: Library) -> None:
    settings = ServerSettings(rate=1, allowed_hosts=frozenset({"127.0.0.1"}))
    with serving(library, settings) as address:
        for path in ("/watchlist", "/watchlist.atom", "/watchlist/kept"):
            named = httpx.get(f"{address}{path}", headers={"host": "evil.example"})
            assert named.status_code == 421
        statuses = [
            httpx.post(f"{address}/watchlist/keep", json={"question": HESHAN}).status_code
            for _ in range(2)
        ]
    assert statuses == [200, 429]


@pytest.mark.parametrize(
    "sent",
    [
        {"question": ""},
        {"question": "长" * 2_001},
        {"question": "几个", "filters": {"source": "长" * 9_999}},
        {"question": "几个", "more": 1},
        {"question": 1},
    ],
)
def test_what_is_no_question_is_refused(client: httpx.Client, sent: dict[str, object]) -> None:
    assert client.post("/watchlist/keep", json=sent).status_code == 422


def test_a_full_list_says_so(
    client: httpx.Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    library.watchlist.keep(HESHAN)
    full = client.post(
        "/watchlist/keep", json={"question": "几个"}, headers={"accept-language": "zh-CN"}
    )
    assert full.status_code == 409
    assert full.json()["error"]["message"] == "最多关注 1 个问题，请先取消一个"


def test_why_a_question_could_not_be_asked_stands_below_it(
    client: httpx.Client, library: Library
) -> None:
    saved = library.watchlist.keep(HESHAN)
    busy = LibraryBusyError("database_busy", "{name} is busy ({said})", name="it", said="so")
    library.reviewer.last = Review(0, (), (Unreviewed(saved, busy),))
    shown = client.get("/watchlist", headers={"accept-language": "en"}).text
    assert "could not be asked again: it is busy (so)" in shown


def test_the_page_reviews_after_it_has_synced(client: httpx.Client, library: Library) -> None:
    library.watchlist.keep(HESHAN)
    folder = library.path.parent / "articles"
    (folder / "鹤山.txt").write_text(ARTICLES["鹤山.txt"].replace("60", "75"), encoding="utf-8")
    assert client.post("/library/sync").status_code == 200
    while client.get("/library/sync").json()["state"] == "running":
        pass
    library.reviewer.wait()
    assert [text_of(entry, "title") for entry in entries(client)] == [
        f"{HESHAN} · {ENGLISH.changes['answer']}"
    ]
