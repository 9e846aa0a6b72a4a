"""ui.page.search_page, query and results: a search as a browser without scripts gets it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Filters, Library
from qa.presenting.citing import place_link
from tests.serving import library_of, serving
from tests.ui.page.test_pages import Page, get
from ui.guard.settings import ServerSettings
from ui.page.query import SHOWN, Search
from ui.texts.languages import CHINESE

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]
SOURCES = ("南方日报", "广州日报", "=SUM")
COUNT = 47
ARTICLES = {
    f"{number}.txt": f"第{number}镇修路\n来源：{SOURCES[number % 3]} {2021 + number % 2}-05-1"
    f"{number % 10}\n\n第{number}镇的产业园有{number}个项目,带动就业。\n"
    for number in range(COUNT)
} | {"坏.txt": "</mark><script>alert(1)</script>\n\n坏人坏事<b>粗{{7*7}}\u202e</b>说了一遍。\n"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("search") / "library", ARTICLES) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[httpx.Client]:
    settings = ServerSettings(rate=100_000)
    with serving(library, settings) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.headers["accept-language"] = "zh-CN"
        yield client


def search(client: httpx.Client, **fields: str) -> Page:
    return get(client, f"/search?{urlencode(fields)}")


def shown(page: Page) -> list[str]:
    """Return where the results lead."""
    return [str(link["href"]) for link in page.all("a", class_="yj-result-link")]


def heading(client: httpx.Client, address: str) -> str:
    """Return what was found, as its heading tells."""
    found = re.search(r'<h2 id="yj-found">(.*?)</h2>', client.get(address).text)
    return re.sub("<.*?>", "", found[1]) if found else ""


def test_a_search_tells_how_many_articles_and_leads_into_their_places(
    client: httpx.Client, library: Library
) -> None:
    page = search(client, q="产业园 项目")
    found = library.find("产业园 项目")
    assert found.articles == COUNT
    assert CHINESE.found_all.format(n=COUNT, words="“产业园”、“项目”") in page.text
    assert shown(page) == [
        place_link(item.hit.article, (item.hit.passage.start, item.hit.passage.end))
        for item in found.items
    ]
    assert all(item.hit.text in page.text for item in found.items)
    assert not re.search(r"\d\.\d", page.text), "no raw scores"


def test_the_words_are_marked_in_the_passages(client: httpx.Client) -> None:
    html = client.get("/search?q=产业园 项目").text
    results = html.split('<ol class="yj-results"')[1]
    assert results.count("<mark>产业园</mark>") == results.count("<mark>项目</mark>") == SHOWN


@pytest.mark.parametrize("by", ["article", "passage"])
def test_pages_are_numbered_and_lead_to_one_another(client: httpx.Client, by: str) -> None:
    fields = {"q": "项目", "order": "newest", "by": by}
    address, seen = f"/search?{urlencode(fields)}", []
    for number in range(1, 6):
        page = get(client, address)
        _, current = page.all("a", **{"aria-current": "page"})  # after that of the whole site
        assert current["aria-label"] == CHINESE.page_number.format(n=number)
        assert page.all("ol", class_="yj-results")[0]["start"] == str((number - 1) * SHOWN + 1)
        seen += shown(page)
        forward = page.all("a", rel="next")
        assert bool(forward) == (number < 5)
        address = f"/search{forward[0]['href']}" if forward else address
    assert len(seen) == len(set(seen)) == COUNT
    assert shown(search(client, **fields, page="99999999")) == seen[4 * SHOWN :]
    assert shown(search(client, **fields, page="0")) == seen[:SHOWN]


def test_every_filter_with_a_count_leaves_as_many_articles(client: httpx.Client) -> None:
    address = "/search?q=" + quote("项目")
    html = client.get(address).text
    facets = html.split('class="yj-facets"')[1].split("</nav>")[0]
    links = re.findall(r'<a href="([^"]*)" class="yj-chip"><bdi>.*?</bdi> <b>(\d+)</b>', facets)
    assert len(links) == 3 + 2
    for link, count in links:
        address = "/search" + link.replace("&amp;", "&")
        assert heading(client, address) == CHINESE.found_all.format(n=count, words="“项目”")
    plain = sum(name == SOURCES[0] for name in (SOURCES[n % 3] for n in range(COUNT)))
    assert dict(links)[next(link for link, _ in links if quote(SOURCES[0]) in link)] == str(plain)


def test_a_filter_is_shown_and_can_be_lifted(client: httpx.Client) -> None:
    page = search(client, q="项目", source="南方日报", path="/", order="oldest", page="2")
    chips = [link for link in page.all("a", class_="yj-chip") if "aria-label" in link]
    labels = [str(chip["aria-label"]) for chip in chips]
    assert labels[0] == CHINESE.lift_filter.format(filter="来源：南方日报")
    lifted = parse_qs(urlsplit(str(chips[0]["href"])).query)
    assert lifted == {"q": ["项目"], "path": ["/"], "order": ["oldest"]}
    assert page.all("input", type="hidden", name="order")[0]["value"] == "oldest"


def test_the_order_in_force_is_told(client: httpx.Client) -> None:
    page = search(client, q="项目", order="newest", by="passage")
    current = page.all("a", **{"aria-current": "true"})
    assert [parse_qs(str(link["href"])[1:]).get("order") for link in current] == [["newest"]] * 2
    assert "by" in parse_qs(str(current[1]["href"])[1:])
    labels = {nav.get("aria-label") for nav in page.all("nav")}
    assert {CHINESE.order, CHINESE.grouping, CHINESE.narrow, CHINESE.result_pages} <= labels


def test_from_a_result_to_a_question_and_to_its_source(
    client: httpx.Client, library: Library
) -> None:
    page = search(client, q="第7镇 产业园")
    item = library.find("第7镇 产业园").items[0]
    links = [str(link["href"]) for link in page.all("a")]
    assert f"./?article={quote(item.hit.article.path)}" in links
    assert any(
        parse_qs(link[1:]) == {"q": ["第7镇 产业园"], "source": [item.hit.article.source]}
        for link in links
    )


def test_other_passages_of_an_article_are_a_search_of_it(tmp_path: Path) -> None:
    long = "讲到产业园的一句话。" + "别的话也有很多很多。" * 20
    articles = {"长.txt": "一篇长文\n\n" + f"{long}\n\n" * 4, **ARTICLES}
    with library_of(tmp_path / "library", articles) as library, serving(library) as address:
        (item,) = library.find("讲到 产业园", Filters(title="长文")).items
        assert item.more == 3
        with httpx.Client(base_url=address, timeout=60) as client:
            client.headers["accept-language"] = "zh-CN"
            page = search(client, q="讲到 产业园", title="长文")
            assert CHINESE.more_passages.format(n=3) in page.text
            (link,) = [
                str(link["href"])
                for link in page.all("a")
                if "by=passage" in str(link["href"]) and "article=" in str(link["href"])
            ]
            assert len(shown(get(client, f"/search{link}"))) == 4


def test_the_sheet_has_all_articles_in_order_and_no_formula(
    client: httpx.Client, library: Library
) -> None:
    page = search(client, q="项目", order="oldest", page="2")
    (link,) = [a for a in page.all("a") if str(a["href"]).startswith("search/results.csv")]
    response = client.get(f"/{link['href']}")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    of = {name: [row[at] for row in rows] for at, name in enumerate(head)}
    found = list(library.find_all("项目", order="oldest"))
    assert of["路径"] == [cited.article.path for cited in found]
    assert of["引文"] == [cited.quote for cited in found]
    assert all("项目" in sentence for sentence in of["引文"])
    assert len(rows) == COUNT
    assert of["日期"] == sorted(of["日期"])
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "'=SUM" in of["来源"]


def test_what_no_article_has_is_told_and_what_may_be_meant(client: httpx.Client) -> None:
    page = search(client, q="zzzz")
    assert CHINESE.found_nowhere.format(words="“zzzz”") in page.text
    assert shown(page) == []
    assert not [link for link in page.all("a") if "results.csv" in str(link["href"])]
    some = search(client, q="项目 熊猫")
    assert CHINESE.found_any.format(n=COUNT) in some.text
    assert CHINESE.found_absent in some.text
    assert "?" + urlencode({"q": "熊猫"}) in [link["href"] for link in some.all("a")]
    assert CHINESE.nothing_found in search(client, q="项目", since="2030-01-01").text


def test_a_near_name_is_a_link(tmp_path: Path) -> None:
    articles = {"a.txt": "鹤山修路\n\n鹤山市修了12公里路。\n"}
    with library_of(tmp_path / "library", articles) as library, serving(library) as address:
        page = Page(httpx.get(f"{address}/search", params={"q": "贺山"}, timeout=60).text)
        assert "?" + urlencode({"q": "鹤山"}) in [link["href"] for link in page.all("a")]


@pytest.mark.parametrize(
    "hostile",
    [
        '"><script>alert(1)</script>',
        "{{7*7}}${x}`",
        "\u202e\u0000\ud800x",
        "=cmd|' /C calc'!A0",
        "长" * 5_000,
        "'; DROP TABLE articles; --",
        "(a+)+$ [\\",
    ],
)
def test_whatever_an_address_says_is_inert(client: httpx.Client, hostile: str) -> None:
    value = hostile.encode("utf-8", "surrogatepass")
    for name in ("q", "source", "title", "path", "article", "order", "by", "page", "since"):
        fields: dict[str, str | bytes] = {"q": "项目", name: value}
        for path in ("/search", "/search/results.csv"):
            response = client.get(f"{path}?{urlencode(fields)}")
            assert response.status_code == 200, (name, response.text[:200])
            if path == "/search":
                page = Page(response.text)
                assert len(page.all("script")) == 1
                assert page.all("script")[0]["src"] == "yinju/pages.js"
                assert "{{7*7}}" not in response.text


def test_a_hostile_article_is_shown_as_it_is(client: httpx.Client) -> None:
    page = search(client, q="坏人坏事")
    assert "</mark><script>alert(1)</script>" in page.text
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert "\u202e" not in page.text


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.text(max_size=30)
            for name in ("q", "source", "since", "title", "path", "article", "order", "by", "page")
        },
    )
)
def test_an_address_says_what_it_was_made_of(fields: dict[str, str]) -> None:
    search = Search.read(fields)
    again = dict(httpx.QueryParams(search.address(number=search.number)[1:]))
    assert Search.read(again) == Search.read(
        {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    )
    assert search.address(order="newest") == search.address(order="newest", number=1)
