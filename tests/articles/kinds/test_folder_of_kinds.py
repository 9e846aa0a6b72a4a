"""A folder of many kinds: every file is an article with the title, text, date and table it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from qa import Library
from qa.articles.formats import suffixes
from qa.types import Article
from tests.articles.kinds.making import (
    MAKERS,
    Story,
    docx,
    plain,
    rich_text,
    slides,
    table_workbook,
)
from tests.conftest import HashEncoder

# Kinds that nothing here can write, and pictures, whose text is recognized: they have their own.
UNMADE = {".xlsb", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}
# What old programs' names are given to is read as what it is.
KINDS: Mapping[str, Callable[[Path, Story], None]] = {
    **MAKERS,
    ".doc": rich_text,
    ".wps": docx,
    ".ppt": slides,
    ".dps": slides,
}
EACH = 2  # files of each kind
WITH_TABLES = {
    *(".html", ".htm", ".xhtml", ".mht", ".mhtml", ".epub"),
    *(".docx", ".odt", ".rtf", ".pdf", ".doc", ".wps"),
}
ARCHIVES = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z"}
Told = tuple[str, str, str, date | None]  # title, text, source, day


def story(number: int) -> Story:
    return Story(
        title=f"关于第{number}座小型水库加固工作的通报",
        source="云溭县水利局",
        published=date(2023, 1 + number % 12, 1 + number % 28),
        paragraphs=(
            f"今年以来，全县加固第{number}座小型水库，共投入资金{number + 300}万元。",
            f"工程由{number + 10}支队伍同时施工，下一步还将清理河道{number}公里。",
            "县水利局负责人说，过去一到雨季，下游的群众就睡不好觉。",
            "如今坝顶修起了平整的水泥路，值班房里装上了水位计和摄像头。",
            "一有险情，村里的喇叭马上就会响起来，群众可以及时转移到高处。",
            "这位负责人表示，今后还要把防汛责任落实到每一个村、每一个人。",
        ),
        # Not 镇: in a PDF without its fonts, pdfium reads no Han character that stands alone, where
        # the machine has no Chinese font either.
        table=(
            ("乡镇", "水库（座）", "投资（万元）"),
            ("石塘镇", str(number + 1), str(number + 200)),
            ("白螺镇", str(number + 2), str(number + 100)),
        ),
    )


def table_lines(number: int) -> list[str]:
    return [
        f"乡镇：石塘镇，水库（座）：{number + 1}座，投资（万元）：{number + 200}万元。",
        f"乡镇：白螺镇，水库（座）：{number + 2}座，投资（万元）：{number + 100}万元。",
    ]


def golden(kind: str, number: int) -> Told:
    """Return what has to be read from a file of a kind."""
    said = story(number)
    lines = list(said.lines)
    if kind in WITH_TABLES:
        lines += table_lines(number)
    text = "\n".join(lines)
    if kind in {".txt", ".text"} | ARCHIVES:
        text = "\n\n".join(lines)
    elif kind in {".md", ".markdown"}:
        text = "# " + "\n\n".join(lines) + "\n"
    elif kind == ".eml":
        text = "\n\n".join(lines) + "\n"
    return said.title, text, said.source, said.published


def told(article: Article) -> Told:
    return article.title, article.text, article.source, article.published


@pytest.fixture(scope="module")
def numbers() -> dict[str, tuple[str, int]]:
    """The kind of each file by its name, and the number of what it says."""
    return {
        f"{number}{kind}": (kind, number)
        for number, kind in enumerate([kind for kind in KINDS for _ in range(EACH)], start=1)
    }


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory, numbers: dict[str, tuple[str, int]]
) -> dict[str, Article]:
    """The articles of the folder, by the names of their files."""
    folder = tmp_path_factory.mktemp("folder")
    for name, (kind, number) in numbers.items():
        KINDS[kind](folder / name, story(number))
    plain(folder / "国标.txt", story(900), "gb18030")
    plain(folder / "宽.txt", story(901), "utf-16")
    table_workbook(folder / "表.xlsx", story(902))
    path = tmp_path_factory.mktemp("library")
    with Library.open(path, encoder=HashEncoder()) as library:
        report = library.sync(folder)
        assert report.failed == ()
        assert len(report.read) == len(numbers) + 3 >= 60
        articles = list(library.articles())
    assert len(articles) == len(numbers) + 3
    return {article.path.partition("#")[0]: article for article in articles}


def test_every_kind_that_is_read_is_in_the_folder() -> None:
    made = {kind if kind in suffixes() else f".{kind.split('.')[-1]}" for kind in KINDS}
    assert suffixes() - made == UNMADE


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_this_kind_says_what_was_written(
    found: dict[str, Article], numbers: dict[str, tuple[str, int]], kind: str
) -> None:
    names = [name for name, (of, _) in numbers.items() if of == kind]
    assert len(names) == EACH
    for name in names:
        assert told(found[name]) == golden(kind, numbers[name][1])


@pytest.mark.parametrize(("name", "number"), [("国标.txt", 900), ("宽.txt", 901)])
def test_a_text_in_another_encoding_says_the_same(
    found: dict[str, Article], name: str, number: int
) -> None:
    assert told(found[name]) == golden(".txt", number)


def test_a_table_alone_names_its_columns(found: dict[str, Article]) -> None:
    title = story(902).title
    text = "\n".join([title, *table_lines(902)])
    assert told(found["表.xlsx"]) == (title, text, "", None)
