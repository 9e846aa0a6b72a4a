"""qa.articles.formats.mime: e-mails, and web pages saved in one file."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles.formats import Document, read_documents
from qa.errors import ArticleUnreadableError
from tests.articles.test_formats import refused_or_read

BODY = "各镇：\n今年引进亿元以上项目60个。\n"


def mail(path: Path, message: EmailMessage) -> Path:
    path.write_bytes(message.as_bytes())
    return path


def written() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "招商情况通报"
    message["From"] = "市招商局 <office@example.cn>"
    message["Date"] = "Thu, 16 Nov 2023 23:30:00 +0800"
    return message


def read(path: Path) -> Document:
    (document,) = read_documents(path)
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5"])
def test_an_e_mail_has_its_subject_sender_and_day(tmp_path: Path, charset: str) -> None:
    message = written()
    body = BODY if charset != "big5" else "各鎮：\n今年引進億元以上項目60個。\n"
    message.set_content(body, charset=charset)
    found = read(mail(tmp_path / "a.eml", message))
    assert found == Document(
        f"招商情况通报\n\n{body}", "招商情况通报", "市招商局", date(2023, 11, 16)
    )


def test_the_plain_text_goes_before_the_page_and_attachments_are_left_out(tmp_path: Path) -> None:
    message = written()
    message.set_content(BODY)
    message.add_alternative("<p>别的</p>", subtype="html")
    message.add_attachment("附件里的字", filename="附件.txt")
    found = read(mail(tmp_path / "a.eml", message))
    assert found.text == f"招商情况通报\n\n{BODY}"


def test_an_e_mail_that_is_a_page_is_read_as_one(tmp_path: Path) -> None:
    message = written()
    del message["From"]
    message["From"] = "office@example.cn"
    message.set_content("<html><body><p>招商情况通报</p><p>引进60个。</p></body></html>", "html")
    found = read(mail(tmp_path / "a.eml", message))
    assert found.text.split("\n") == ["招商情况通报", "引进60个。"]
    assert found.source == "office@example.cn"


def test_a_subject_that_the_text_begins_with_is_not_said_twice(tmp_path: Path) -> None:
    message = written()
    message.set_content(f"招商情况通报\n{BODY}")
    assert read(mail(tmp_path / "a.eml", message)).text == f"招商情况通报\n{BODY}"


def test_a_saved_page_is_the_article_with_its_address(tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>第{n}段，鹤山市引进亿元以上项目60个，创新高。</p>" for n in range(9))
    page = (
        '<html><head><meta charset="gb2312"><title>鹤山提速</title></head><body>'
        f"<nav>首页</nav><article><h1>鹤山提速</h1>{paragraphs}</article></body></html>"
    )
    message = EmailMessage()
    message["Subject"] = "鹤山提速"
    message["Snapshot-Content-Location"] = "https://example.cn/a"
    message.set_content(page, "html", charset="gb18030", cte="base64")
    message.add_related(b"\x89PNG", "image", "png")
    found = read(mail(tmp_path / "a.mht", message))
    assert "第8段，鹤山市引进亿元以上项目60个，创新高。" in found.text
    assert "首页" not in found.text
    assert (found.title, found.url) == ("鹤山提速", "https://example.cn/a")
    assert read(mail(tmp_path / "a.MHTML", message)) == found


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.eml", b"Subject: x\nContent-Type: image/png\n\nx", "mail_without_text"),
        ("a.mht", b"Subject: x\n\nplain", "saved_page_empty"),
        ("a.eml", b"Subject: x\nDate: no day\n\n", None),
        ("a.eml", b"Subject: x\nDate: 1 Jan 2023 00:00:00 +99999999999999\n\n", None),
        ("a.eml", b"Subject: x\nDate: 1 Jan 99999 00:00:00 +0800\n\n", None),
    ],
)
def test_what_has_no_text_is_told(tmp_path: Path, name: str, data: bytes, code: str | None) -> None:
    (tmp_path / name).write_bytes(data)
    if code is None:
        assert read(tmp_path / name).published is None
        return
    with pytest.raises(ArticleUnreadableError) as raised:
        read(tmp_path / name)
    assert raised.value.code == code


@given(st.binary(max_size=300), st.sampled_from(["a.eml", "a.mht"]))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("mail") / name
    head = b"Content-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n"
    path.write_bytes(head + data)
    refused_or_read(path)
