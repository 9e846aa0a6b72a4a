"""qa.articles.sandbox: whatever a file does to its reader, the sync goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from qa.articles.formats import Document, read_documents
from qa.articles.sandbox import MEMORY, Sandbox
from qa.errors import ArticleUnreadableError

PAGE = "<h1>鹤山引进项目</h1><p>鹤山市引进亿元以上项目60个𠮷。</p><p>发布日期：2020-01-02</p>"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds memory on POSIX only")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "网页 \n.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_it_reads_as_the_readers_do(page: Path, tmp_path: Path) -> None:
    plain = tmp_path / "a.txt"
    plain.write_text("正文。", encoding="utf-8")
    with Sandbox() as sandbox:
        assert list(sandbox.read(page)) == list(read_documents(page))
        assert list(sandbox.read(plain)) == [Document("正文。")]
        assert list(sandbox.read(page)) == list(read_documents(page))


def test_what_cannot_be_read_is_told_in_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"no pdf")
    with Sandbox() as sandbox, pytest.raises(ArticleUnreadableError, match="the PDF is damaged"):
        list(sandbox.read(path))


def test_plain_text_starts_no_process(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("正文。", encoding="utf-8")
    with Sandbox() as sandbox:
        list(sandbox.read(path))
        assert sandbox.pid is None


def test_a_reader_that_dies_costs_one_file(page: Path) -> None:
    with Sandbox() as sandbox:
        list(sandbox.read(page))
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGSEGV)
        time.sleep(0.2)
        found = list(sandbox.read(page))  # by a new process
    assert found == list(read_documents(page))


def test_a_reader_that_takes_too_long_is_ended(page: Path) -> None:
    with Sandbox() as sandbox:
        list(sandbox.read(page))
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGSTOP)
        sandbox.seconds = 1.0
        with pytest.raises(ArticleUnreadableError, match="took more than 1 s"):
            list(sandbox.read(page))
        sandbox.seconds = 60.0
        assert list(sandbox.read(page)) == list(read_documents(page))


def test_a_page_that_nests_without_end_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 300_000 + "鹤山", encoding="utf-8")
    good = tmp_path / "good.html"
    good.write_text(PAGE, encoding="utf-8")
    with Sandbox(seconds=20) as sandbox:
        with suppress(ArticleUnreadableError):  # either outcome is right, a crash is not
            list(sandbox.read(path))
        assert list(sandbox.read(good)) == list(read_documents(good))


@pytest.mark.slow
def test_memory_is_bounded(tmp_path: Path) -> None:
    """A page of 60 MB whose every character becomes an element of its own."""
    path = tmp_path / "large.html"
    path.write_bytes(b"<i>" * (20 << 20))
    with Sandbox(seconds=100) as sandbox:
        with pytest.raises(ArticleUnreadableError):
            list(sandbox.read(path))
        pid = sandbox.pid
    if pid is not None and Path(f"/proc/{pid}").exists():
        raise AssertionError("the process is still there")
    assert MEMORY <= 4 << 30


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux tells which processes there are")
@pytest.mark.parametrize("busy", [False, True])
def test_a_reader_ends_with_who_started_it(tmp_path: Path, *, busy: bool) -> None:
    """Also in the midst of a file, and though the other one was killed."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from qa.articles.sandbox import Sandbox\n"
        "page = Path(sys.argv[1])\n"
        "sandbox = Sandbox()\n"
        "list(sandbox.read(page))\n"
        "print(sandbox.pid, flush=True)\n"
        "if sys.argv[2] == 'True':\n"
        '    import json; sandbox._process.stdin.write(b\'{"read": "\' + bytes(page.with_name('
        "'pipe.html')) + b'\", \"seconds\": 600}\\n'); sandbox._process.stdin.flush()\n"
        "time.sleep(600)\n"
    )
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    (tmp_path / "pipe.html").write_text("<i>" * 3_000_000, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(page), str(busy)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    reader = int(process.stdout.readline())
    process.stdout.close()
    if busy:
        time.sleep(0.5)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 15
    while _lives(reader):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # dead, and nobody has looked yet
