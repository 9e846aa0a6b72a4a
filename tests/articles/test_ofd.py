"""qa.articles.formats.ofd: the text of fixed-layout government documents, in reading order."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.articles.formats import Document, Unreadable, ofd, read_documents
from qa.errors import ArticleUnreadableError
from tests.articles.test_formats import damaged, refused_or_read, written
from tests.conftest import HashEncoder

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE = 5.0  # millimetres
Line = tuple[float, float, str]  # from the left, from the top, what stands there


def text_object(line: Line) -> str:
    x, y, text = line
    return (
        f'<ofd:TextObject Boundary="{x} {y} {SIZE * len(text)} {SIZE}" Size="{SIZE}">'
        f'<ofd:TextCode X="0" Y="{0.8 * SIZE}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def content(body: str, template: str = "") -> str:
    return (
        f'<ofd:Page {SPACE}>{template}<ofd:Content><ofd:Layer ID="1">{body}</ofd:Layer>'
        "</ofd:Content></ofd:Page>"
    )


def made(
    path: Path, pages: Sequence[str], title: str = "", template: str = "", root: str = "Doc_0"
) -> Path:
    """Write a document of pages, each the content of its file."""
    named = f"<ofd:Title>{title}</ofd:Title>" if title else ""
    listed = "".join(
        f'<ofd:Page ID="{number}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number in range(len(pages))
    )
    common = '<ofd:TemplatePage ID="9" BaseLoc="/Doc_0/Tpls/T.xml"/>' if template else ""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "OFD.xml",
            f"<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocInfo>{named}</ofd:DocInfo>"
            f"<ofd:DocRoot>{root}/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        )
        packed.writestr(
            "Doc_0/Document.xml",
            f"<ofd:Document {SPACE}><ofd:CommonData>{common}</ofd:CommonData>"
            f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        )
        if template:
            packed.writestr("Doc_0/Tpls/T.xml", content(template))
        for number, page in enumerate(pages):
            packed.writestr(f"Doc_0/Pages/Page_{number}/Content.xml", page)
    return path


def page(*lines: Line) -> str:
    return content("".join(map(text_object, lines)))


def read(path: Path) -> Document:
    (document,) = read_documents(path)
    assert isinstance(document, Document)
    return document


FIRST = (
    (60.0, 20.0, "关于招商引资的通知"),
    (30.0, 40.0, "各镇人民政府，市直各单位，中央、省驻鹤有关单位："),
    (40.0, 50.0, "今年一月至九月，我市引进亿元以上项目六十个，计划"),
    (30.0, 58.0, "总投资209亿元。"),
)


def test_lines_are_read_from_the_top_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ofd", [page(*reversed(FIRST))], title="通知")
    found = read(path)
    assert found.title == "通知"
    assert found.pages == (0,)
    assert found.text.split("\n") == [
        "关于招商引资的通知",
        "各镇人民政府，市直各单位，中央、省驻鹤有关单位：",
        "今年一月至九月，我市引进亿元以上项目六十个，计划总投资209亿元。",
    ]


def test_pages_have_their_offsets_and_no_page_numbers(tmp_path: Path) -> None:
    pages = [page(*FIRST, (100, 280, "— 1 —")), page((40, 20, "特此通知。"), (100, 280, "— 2 —"))]
    found = read(made(tmp_path / "a.ofd", pages))
    assert "— 1 —" not in found.text
    assert found.text[found.pages[1] :].strip() == "特此通知。"


def test_a_template_is_read_with_its_page_and_what_is_hidden_is_not(tmp_path: Path) -> None:
    hidden = text_object((30, 70, "草稿")).replace(
        "<ofd:TextObject", '<ofd:TextObject Visible="false"'
    )
    body = content(
        text_object((60, 40, "209亿元")) + hidden,
        '<ofd:Template TemplateID="9" ZOrder="Background"/>',
    )
    path = made(tmp_path / "a.ofd", [body], template=text_object((30, 40, "总投资：")))
    assert read(path).text.replace(" ", "").replace("，", "") == "总投资：209亿元"


def test_pieces_of_one_object_stand_where_they_say_and_transformations_count(
    tmp_path: Path,
) -> None:
    body = (
        '<ofd:TextObject Boundary="30 40 100 20" Size="10" CTM="0.5 0 0 0.5 0 0">'
        '<ofd:TextCode X="0" Y="8">总投资</ofd:TextCode>'
        '<ofd:TextCode X="30">209亿元。</ofd:TextCode>'
        '<ofd:TextCode X="0" Y="28"> 完 </ofd:TextCode><ofd:TextCode/></ofd:TextObject>'
    )
    found = read(made(tmp_path / "a.ofd", [content(body)]))
    assert found.text == "总投资209亿元。\n完"


def test_a_figure_in_another_font_belongs_to_its_line(tmp_path: Path) -> None:
    lines = (
        (30, 40, "计划总投资"),
        (55, 40.2, "209"),
        (70, 40, "亿元，创新高。"),
        (160, 40, "附件"),
    )
    found = read(made(tmp_path / "a.ofd", [page(*lines)]))
    assert found.text.startswith("计划总投资209亿元，创新高。")
    assert "。附件" not in found.text


def test_several_documents_are_told_apart(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ofd", [page(*FIRST)])
    body = "<ofd:DocBody><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
    with zipfile.ZipFile(tmp_path / "b.ofd", "w") as packed, zipfile.ZipFile(path) as whole:
        for name in whole.namelist():
            data = whole.read(name).decode()
            packed.writestr(name, data.replace("</ofd:OFD>", f"{body}</ofd:OFD>"))
    found = list(read_documents(tmp_path / "b.ofd"))
    assert [item.key for item in found if isinstance(item, Document)] == ["1", "2"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Boundary": "1 2"},
        {"Boundary": ""},
        {"Boundary": "left top 9 9"},
        {"Boundary": "nan 70 9 9"},
        {"Boundary": "1e308 70 1e308 9", "CTM": "1e308 0 0 1e308 0 0"},
        {"Boundary": "30 70 9 9", "CTM": "1 0 0 1"},
        {"Boundary": "30 70 9 9", "Size": "large"},
        {"Boundary": "30 70 9 9", "Size": "inf"},
    ],
)
def test_a_text_without_a_place_costs_itself_and_is_told(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    said = "".join(f' {name}="{value}"' for name, value in {"Size": "5", **wrong}.items())
    lost = f'<ofd:TextObject{said}><ofd:TextCode X="0" Y="4">失落</ofd:TextCode></ofd:TextObject>'
    empty = lost.replace("失落", " ")
    body = "".join(map(text_object, FIRST))
    pages = [page((40, 20, "前言。")), content(body + lost + empty), content(lost + lost + body)]
    found, *told = read_documents(made(tmp_path / "a.ofd", pages))
    (alone,) = read_documents(
        made(tmp_path / "b.ofd", [page((40, 20, "前言。")), content(body), content(body)])
    )
    assert found == alone
    assert [
        (item.key, item.error.code, item.error.values["count"])
        for item in told
        if isinstance(item, Unreadable)
    ] == [("第2页", "ofd_text_without_place", 1), ("第3页", "ofd_text_without_place", 2)]


@pytest.mark.parametrize(
    ("pages", "root", "code"),
    [
        ([content("")], "Doc_0", "ofd_scanned"),
        ([content('<ofd:ImageObject Boundary="0 0 9 9"/>')], "Doc_0", "ofd_scanned"),
        ([page(*FIRST)], "Doc_1", "ofd_damaged"),
        (["<ofd:Page"], "Doc_0", "ofd_damaged"),
        (
            [
                content(
                    '<ofd:TextObject Boundary="1 2"><ofd:TextCode>x</ofd:TextCode></ofd:TextObject>'
                )
            ],
            "Doc_0",
            "ofd_damaged",
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, pages: list[str], root: str, code: str
) -> None:
    with pytest.raises(ArticleUnreadableError) as raised:
        read(made(tmp_path / "a.ofd", pages, root=root))
    assert raised.value.code == code


def test_more_than_a_document_may_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "a.ofd", [page(*FIRST)] * 2)
    monkeypatch.setattr(ofd, "MAX_PAGES", 1)
    with pytest.raises(ArticleUnreadableError) as raised:
        read(path)
    assert raised.value.code == "ofd_too_many_pages"
    monkeypatch.setattr(ofd, "MAX_PAGES", 2)
    monkeypatch.setattr(ofd, "MAX_CHARACTERS", 20)
    with pytest.raises(ArticleUnreadableError) as raised:
        read(path)
    assert raised.value.code == "text_too_long"


def test_an_entity_is_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("秘密", encoding="utf-8")
    evil = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + content(
        text_object((30, 40, "甲乙丙丁")).replace("丙", "&e;")
    )
    assert "秘密" not in read(made(tmp_path / "a.ofd", [evil])).text


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("sound") / "a.ofd", [page(*FIRST)]).read_bytes()


@given(st.data())
def test_a_damaged_document_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    refused_or_read(written(folder / "a.ofd", damaged(sound, data)))


def test_a_text_without_a_place_is_in_the_report_of_every_sync(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    lost = text_object((30, 70, "失落")).replace("30 70", "30")
    made(folder / "a.ofd", [content("".join(map(text_object, FIRST)) + lost)])
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        for added in (("a.ofd",), ()):
            report = library.sync(folder)
            assert report.added == added
            assert [(item.path, item.code) for item in report.failed] == [
                ("a.ofd#第1页", "ofd_text_without_place")
            ]


def test_a_figure_in_an_ofd_file_is_found_with_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    made(
        folder / "通知.ofd",
        [page((40, 20, "前言不说数字，只说意义重大。")), page(*FIRST)],
        "招商通知",
    )
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        report = library.sync(folder)
        assert (report.added, report.failed) == (("通知.ofd",), ())
        (hit,) = library.retrieve("引进亿元以上项目，计划总投资多少", 1)
        at = hit.article.text.index("209亿元")
        assert hit.article.page(at) == 2
