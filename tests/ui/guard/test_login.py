"""Logins: the file, the hashes, what clients send, and the command that writes the file."""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path

import pytest

from qa import Library
from qa.cli import main
from ui.guard.login import (
    Cost,
    LoginError,
    Logins,
    PasswordHash,
    credentials,
    hash_password,
    read_logins,
    write_login,
)

CHEAP = Cost(n=16, r=1, p=1)


def test_a_hash_is_the_one_of_the_standard() -> None:
    """RFC 7914, section 12: its second test vector, cut to the bytes that are kept here."""
    expected = bytes.fromhex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    assert PasswordHash(Cost(1024, 8, 16), b"NaCl", expected).matches("password")
    assert not PasswordHash(Cost(1024, 8, 16), b"NaCl", expected).matches("passwort")


def test_a_file_keeps_names_and_no_password(tmp_path: Path) -> None:
    path = tmp_path / "logins"
    write_login(path, "张三", "correct horse", CHEAP)
    write_login(path, "li", "battery staple", CHEAP)
    write_login(path, "张三", "new password", CHEAP)
    text = path.read_text(encoding="utf-8")
    assert [line.partition(":")[0] for line in text.splitlines()] == ["li", "张三"]
    assert "password" not in text
    assert "battery" not in text
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["logins"]
    logins = read_logins(path)
    assert len(logins) == 2
    assert logins.check("张三", "new password")
    assert not logins.check("张三", "correct horse")
    assert logins.check("li", "battery staple")
    assert not logins.check("wang", "battery staple")


def test_two_hashes_of_one_password_differ() -> None:
    first, second = (hash_password("password", CHEAP) for _ in range(2))
    assert first.digest != second.digest
    assert first.matches("password")
    assert second.matches("password")


def test_a_password_is_one_however_it_is_composed() -> None:
    assert hash_password("caf\u00e9 au lait", CHEAP).matches("cafe\u0301 au lait")


def test_what_was_right_is_remembered_and_nothing_else() -> None:
    logins = Logins({"li": hash_password("password", CHEAP)})
    assert not logins.remembers("li", "password")
    assert not logins.check("li", "wrong")
    assert not logins.remembers("li", "wrong")
    assert logins.check("li", "password")
    assert logins.remembers("li", "password")
    assert not logins.remembers("li", "passwore")
    assert not logins.remembers("l", "i\0password")
    assert not logins.remembers("wang", "password")


def test_an_unknown_name_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[Cost] = []
    logins = Logins({"li": hash_password("password", CHEAP)})
    matches = PasswordHash.matches

    def counted(self: PasswordHash, password: str) -> bool:
        costs.append(self.cost)
        return matches(self, password)

    monkeypatch.setattr(PasswordHash, "matches", counted)
    for name in ("li", "wang"):
        assert not logins.check(name, "wrong")
    assert costs == [CHEAP, CHEAP]


HASH = str(hash_password("password", CHEAP))


@pytest.mark.parametrize(
    "line",
    [
        "li",
        "li:secret",
        f":{HASH}",
        "li:" + HASH.replace("scrypt", "plain"),
        "li:" + HASH.replace("$16$", "$17$"),
        "li:" + HASH.replace("$16$", "$0$"),
        "li:" + HASH.replace("$16$", f"${1 << 40}$"),
        "li:" + HASH.replace("$16$1$1$", f"$16$1${1 << 40}$"),
        "li:" + HASH[:-8],
        "li:" + HASH + "$",
    ],
)
def test_a_line_that_is_no_login_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "logins"
    path.write_text(f"# who\n\n{line}\n", encoding="utf-8")
    with pytest.raises(LoginError, match=r"line 3 of .* 'yinju passwd .*logins NAME'"):
        read_logins(path)


def test_a_file_without_a_login_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "logins"
    with pytest.raises(LoginError, match="cannot be read"):
        read_logins(path)
    path.write_text("# nobody\n", encoding="utf-8")
    with pytest.raises(LoginError, match="holds no login"):
        read_logins(path)


@pytest.mark.parametrize("name", ["", "a:b", "a b", "#a", "a\n", "a\u202eb"])
def test_names_that_would_break_the_file_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LoginError, match="no name for a login"):
        write_login(tmp_path / "logins", name, "long enough", CHEAP)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (basic("张三:a:b"), ("张三", "a:b")),
        (basic("li:").replace("Basic", "basic"), ("li", "")),
        ("Bearer li:pass word", ("li", "pass word")),
        (basic("li"), None),
        ("Basic !", None),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), None),
        ("Digest li:password", None),
        ("", None),
    ],
)
def test_what_clients_send(header: str, expected: tuple[str, str] | None) -> None:
    assert credentials(header) == expected


def test_the_command_writes_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "logins"

    def run(password: str) -> int:
        monkeypatch.setattr(sys, "argv", ["yinju", "passwd", str(path), "li"])
        monkeypatch.setattr(sys, "stdin", io.StringIO(password))
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0)

    assert run("correct horse\n") == 0
    assert read_logins(path).check("li", "correct horse")
    assert "horse" not in capsys.readouterr().out
    assert run("short\n") == 2
    assert "yinju: the password is too short" in capsys.readouterr().err
    assert read_logins(path).check("li", "correct horse")


def test_a_server_whose_logins_cannot_be_read_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "logins")
    place = str(tmp_path / "library")
    Library.open(place).close()
    for command in (["serve"], ["mcp", "--http"]):
        arguments = ["yinju", *command, "--library", place, "--auth-file", missing]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 2
        assert f"yinju: {missing} cannot be read as a file of logins" in capsys.readouterr().err
