"""Folders that are meant to break a sync: each file is read or reported, and the rest goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Library, SyncReport
from qa.articles.passages import split
from qa.cli.printing import sync_report
from qa.errors import QuestionError
from qa.representation import as_json
from qa.types import Failure, LeftOut
from tests.conftest import HashEncoder
from tests.hostile import NO_FILE, make_device, minutes_at_most
from tests.rule_reader import RuleReader

ROOT = Path(__file__).parents[2]
GOOD = "鹤山招商\n\n来源：日报 2023-11-16\n\n鹤山市引进亿元以上项目60个。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "good.txt").write_text(GOOD, encoding="utf-8")
    return found


def open_library(home: Path) -> Library:
    return Library.open(home / "library", encoder=HashEncoder(), reader=RuleReader())


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path) as opened:
        yield opened


def reasons(report: SyncReport) -> dict[str, str]:
    return {failure.path: failure.reason for failure in report.failed}


def answers(library: Library) -> bool:
    return library.ask("鹤山引进了多少亿元以上项目").text == "60个"


# -- contents ----------------------------------------------------------------------------------


def test_every_kind_of_broken_file_is_reported_and_the_rest_answers(
    library: Library, folder: Path
) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.md").write_bytes("　\r\n\t ".encode())
    (folder / "program.txt").write_bytes(Path(sys.executable).read_bytes()[:200_000])
    (folder / "zeros.txt").write_bytes(bytes(100_000))
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200 << 20)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(3000))
    (folder / "broken.docx").write_bytes(b"PK\x03\x04" + os.urandom(3000))
    (folder / "broken.epub").write_bytes(b"PK\x03\x04" + os.urandom(3000))
    (folder / "rows.jsonl").write_bytes(b"{}\n[]\nnull\n{\n" + b"\xff\xfe\n")
    (folder / "old.xyz").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        for number in range(9):
            bomb.writestr(f"word/{number}.xml", bytes(30 << 20))
    inner = folder / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(30 << 20))
    with zipfile.ZipFile(folder / "nested.epub", "w") as outer:
        outer.write(inner, "inner.zip")
    inner.unlink()
    report = library.sync(folder)
    assert report.added == ("good.txt",)
    found = reasons(report)
    assert found["empty.txt"] == found["blank.md"] == "the file has no text"
    assert found["program.txt"] == found["zeros.txt"] == "the file is binary data, not text"
    assert "more than the 64 MiB" in found["huge.txt"]
    for name in ("broken.pdf", "broken.docx", "broken.epub", "nested.epub"):
        assert "damaged" in found[name], name
    assert "would unpack to more than 256 MiB" in found["bomb.docx"]
    assert "files of this kind cannot be read" in found["old.xyz"]
    assert {f"rows.jsonl#{number}" for number in (1, 2, 3, 4)} <= set(found)
    assert answers(library)


def test_odd_characters_stay_in_the_text_and_break_nothing(library: Library, folder: Path) -> None:
    damaged = bytearray(("说明文字很长，" * 200).encode())
    damaged[300:303] = b"\xff\xfe\xfd"
    (folder / "damaged.txt").write_bytes(bytes(damaged))
    (folder / "nul.txt").write_text("鹤山\x00市" + "有公园三座。" * 100, encoding="utf-8")
    (folder / "marks.txt").write_text(
        "开平\u202e市\u2066有\ufeff公园\x1b[31m五座。" + "正文。" * 99, encoding="utf-8"
    )
    (folder / "half.jsonl").write_text('{"text": "台山\\ud800市有港口。"}', encoding="utf-8")
    (folder / "script.txt").write_text("<script>alert(1)</script>有文字。", encoding="utf-8")
    report = library.sync(folder)
    assert reasons(report) == {}
    for article in library.articles():
        for hit in library.retrieve(article.text[:50], 5):
            assert hit.article.text[hit.passage.start : hit.passage.end] == hit.text
    assert "\ufffd" in library.article("half.jsonl#1").text
    assert "\x00" in library.article("nul.txt").text
    assert answers(library)


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_odd_names_are_stored_and_shown_in_one_line(
    library: Library, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        "新\n行.txt",
        "\u202etxt.exe.txt",
        " 空格 .txt",
        "a'b\"c;--.txt",
        "%2e%2e.txt",
        "#1.txt",
        "x" * 240 + ".txt",
        "\x1b[31mred.txt",
        "坏\n✗ good.txt: fine.jpg",
    ]
    for number, name in enumerate(names):
        (folder / name).write_text(f"第{number}篇文章。\n", encoding="utf-8")
    report = library.sync(folder)
    assert set(report.added) == {"good.txt", *names[:-1]}
    assert [failure.path for failure in report.failed] == names[-1:]
    for name in names[:-1]:
        assert library.article(name).path == name
    sync_report(report, in_full=True)
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2 + len(names) + 1
    assert "\x1b[31mred" not in out
    assert "\u202e" not in out
    (folder / names[0]).rename(folder / "改名.txt")
    assert library.sync(folder).renamed == ((names[0], "改名.txt"),)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_out_of_the_folder_are_not_followed(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "secret.txt").write_text("不该读到的文字。", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret / "secret.txt")
    (folder / "dir").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    report = library.sync(folder)
    assert report.added == ("good.txt",)
    assert [hit for hit in library.retrieve("不该读到的文字", 10) if "不该" in hit.text] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_links_to_pipes_and_devices_stop_neither_sync_nor_status(
    library: Library, folder: Path
) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link.txt").symlink_to(folder / "pipe")
    (folder / "page.html").symlink_to(folder / "pipe")
    (folder / ".notes.txt").write_text("x", encoding="utf-8")
    names = ["link.txt", "page.html", "pipe"]
    if make_device(folder / "zeros"):
        (folder / "endless.csv").symlink_to(folder / "zeros")
        names = ["endless.csv", *names, "zeros"]
    with minutes_at_most():
        report = library.sync(folder)
        preview = library.preview(folder)
        status = library.status()
    assert report.added == ("good.txt",)
    assert report.failed == tuple(Failure(name, NO_FILE) for name in names)
    assert (preview.failed, status.failed) == (report.failed, report.failed)
    assert status.changes is not None
    assert status.fresh
    assert {report.left_out, preview.left_out, status.changes.left_out} == {LeftOut(hidden=1)}
    assert answers(library)


def change_time(path: Path, nanoseconds: int) -> None:
    """Set a file's time as far as system and file system let it be."""
    with suppress(OSError, OverflowError):
        os.utime(path, ns=(nanoseconds, nanoseconds))


@pytest.mark.parametrize("year", [1800, 1902, 1969, 2262, 2263, 2400, 9999, 292_277_000_000])
@pytest.mark.parametrize("home", ["", "/dev/shm"])  # noqa: S108 - which takes times of any year
def test_a_file_of_any_year_is_synced(
    tmp_path: Path, either_store: str, year: int, home: str
) -> None:
    assert either_store
    if home and not os.access(home, os.W_OK):
        pytest.skip(f"there is no {home}")
    with TemporaryDirectory(dir=home or tmp_path) as scratch, open_library(tmp_path) as library:
        folder = Path(scratch)
        (folder / "good.txt").write_text(GOOD, encoding="utf-8")
        (folder / "odd.txt").write_text("开平市有学位900个。", encoding="utf-8")
        change_time(folder / "odd.txt", (year - 1970) * 31_556_952 * 10**9)
        assert library.sync(folder).added == ("good.txt", "odd.txt")
        assert library.sync(folder).unchanged == ("good.txt", "odd.txt")
        assert library.status().fresh
        change_time(folder / "odd.txt", (year - 1970) * 31_556_952 * 10**9 + 10**9)
        (folder / "odd.txt").write_text("开平市有学位901个。", encoding="utf-8")
        assert library.sync(folder).updated == ("odd.txt",)


_SUFFIXES = st.sampled_from([".txt", ".md", ".csv", ".jsonl", ".xyz", "", ".TXT", ".txt\n"])
_NAMES = st.builds(
    lambda start, suffix: start.translate(None, b"/\0")[: 255 - len(suffix)] + suffix.encode(),
    st.binary(max_size=300) | st.text(max_size=100).map(lambda s: s.encode("utf-8", "replace")),
    _SUFFIXES,
).filter(lambda name: name not in {b"", b".", b"..", b"good.txt"})
_CONTENTS = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(max_size=100).map(lambda text: json.dumps({"text": text, "id": text[:9]}).encode()),
    st.sampled_from([b"\0" * 3000, b"[" * 100_000, b"9" * 5000, b"\xff\xfe\0\0", b"text\n\ud800"]),
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@settings(max_examples=40)
@given(
    files=st.lists(
        st.tuples(_NAMES, st.integers(-(1 << 70), 1 << 70), _CONTENTS), min_size=1, max_size=5
    )
)
def test_no_file_stops_a_sync_whatever_its_name_time_and_content(
    tmp_path: Path, files: list[tuple[bytes, int, bytes]]
) -> None:
    with TemporaryDirectory(dir=tmp_path) as scratch, open_library(Path(scratch)) as library:
        folder = Path(scratch, "articles")
        folder.mkdir()
        (folder / "good.txt").write_text(GOOD, encoding="utf-8")
        for name, time, content in files:
            path = folder / os.fsdecode(name)
            path.write_bytes(content)
            change_time(path, time)
        report = library.sync(folder)
        assert "good.txt" in report.added
        names = {os.fsdecode(name) for name, _, _ in files}
        passed_over = {name for name in names if name.startswith((".", "~$"))}
        assert report.left_out.total == len(passed_over)
        told = {*report.added, *(failure.path for failure in report.failed)}
        for name in names - passed_over:  # each is stored or reported: itself, or its rows
            shown = name.encode("utf-8", "replace").decode()
            assert any(path == shown or path.startswith(f"{shown}#") for path in told), shown
        again = library.sync(folder)
        assert (again.added, again.updated, again.removed) == ((), (), ())
        assert sorted(map(str, again.failed)) == sorted(map(str, report.failed))
        assert json.loads(json.dumps(as_json(library.status())))["articles"] == library.count


# -- sizes -------------------------------------------------------------------------------------

LARGEST_PEAK = 1500  # MiB


def peak_of(script: str) -> int:
    """Run a script in a process of its own; return the most memory it had, in MiB."""
    code = (
        "import re\nfrom pathlib import Path\nfrom qa import Library\n"
        "from tests.rule_reader import RuleReader\nfrom tests.conftest import HashEncoder\n"
        # Not from getrusage, which counts what the parent had when it forked.
        f"{script}\nstatus = Path('/proc/self/status').read_text()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_a_line_of_ten_megabytes_is_read_in_bounded_memory(tmp_path: Path, folder: Path) -> None:
    (folder / "line.txt").write_text("这一行文字没有尽头也没有标点" * 250_000, encoding="utf-8")
    (folder / "marks.txt").write_text("。”）" * 300_000 + " " * 1_000_000, encoding="utf-8")
    peak = peak_of(
        f"with Library.open({str(tmp_path / 'library')!r}, encoder=HashEncoder(),"
        f" reader=RuleReader()) as library:\n"
        f"    report = library.sync({str(folder)!r})\n"
        f"    assert len(report.added) == 3, report\n"
        f"    assert library.ask('鹤山引进了多少亿元以上项目').text == '60个'"
    )
    assert peak < LARGEST_PEAK


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_fifty_thousand_tiny_files_are_synced(tmp_path: Path, folder: Path) -> None:
    for number in range(50_000):
        if number % 1000 == 0:
            (folder / f"{number // 1000}").mkdir()
        path = folder / f"{number // 1000}" / f"{number}.txt"
        path.write_text(f"第{number}号通知。", encoding="utf-8")
    peak = peak_of(
        f"with Library.open({str(tmp_path / 'library')!r}, encoder=HashEncoder(),"
        f" reader=RuleReader()) as library:\n"
        f"    assert len(library.sync({str(folder)!r}).added) == 50_001\n"
        f"    assert len(library.sync({str(folder)!r}).unchanged) == 50_001\n"
        f"    assert library.retrieve('第31415号通知', 1)[0].text == '第31415号通知。'"
    )
    assert peak < LARGEST_PEAK


@pytest.mark.parametrize(
    "text",
    [
        "字" * 200_000,
        "。" * 200_000,
        "”" * 200_000,
        " " * 200_000 + "字",
        "\n" * 200_000 + "字",
        "a" * 200_000,
        "一、" * 100_000,
        "# " * 100_000,
        "（" * 100_000 + "）" * 100_000,
        "2023-11-16 " * 20_000,
        "字\n" * 100_000,
        "来源：" * 65_000,
        "、1" * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_texts_made_to_be_slow_are_cut_in_seconds(text: str) -> None:
    import time

    started = time.process_time()
    passages = split(text)
    assert time.process_time() - started < 15  # some take three; what is quadratic takes minutes
    assert all(start < end for start, end in passages)


# -- questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "字",
        "鹤山引进了多少亿元以上项目" * 8000,
        "？！。，；：",
        "😀🎉👨\u200d👩\u200d👧",
        "\x01\x02\x1b[31m",
        "\ud800",
        "\u202e\u2066",
        "鹤山\x00引进了多少亿元以上项目",
        "' OR 1=1 --",
        "AND OR NOT ( * : ^ ~",
    ],
    ids=lambda question: repr(question[:8]),
)
def test_odd_questions_are_answered_or_not_but_never_fail(
    library: Library, folder: Path, question: str
) -> None:
    library.sync(folder)
    answer = library.ask(question)
    assert answer.status in {"answered", "no_evidence"}
    library.retrieve(question, 5)


@pytest.mark.parametrize("question", ["", " ", "\n\t　"])
def test_a_question_of_nothing_is_an_error(library: Library, question: str) -> None:
    with pytest.raises(QuestionError, match="the question is empty"):
        library.ask(question)


# -- disks -------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
@pytest.mark.parametrize("limit", [60_000, 200_000, 400_000])
def test_a_full_disk_is_one_clear_error_and_loses_nothing(
    tmp_path: Path, folder: Path, limit: int
) -> None:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
    for number in range(300):
        text = f"第{number}篇\n\n" + f"第{number}号文章的内容在这里。" * 60
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from qa.cli import main\nfrom qa.search import encoders\n"
        "from tests.conftest import HashEncoder\n"
        "encoders.Encoders.make = lambda *_: HashEncoder()\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        f"sys.argv = ['yinju', 'sync', {str(folder)!r}, '--library', {str(place)!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        assert answers(library)
        assert library.sync(folder).failed == ()
        assert library.count == 301
