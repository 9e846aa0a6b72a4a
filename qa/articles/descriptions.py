"""Descriptions: what a person wrote of an article, in a sidecar or in front matter.

A sidecar is the file ``name.meta.yaml`` beside ``name.pdf``, front matter the YAML at the beginning
of a Markdown file.  Either may come from anybody: it is bounded, and of YAML only texts, lists and
mappings are made, for everything else that YAML can say is a way to do harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from qa.articles.decoding import decode
from qa.articles.formats import Unreadable, missing, read_bytes, storable_text
from qa.articles.formats.article_tables import fields_of
from qa.articles.metadata import parse_date
from qa.errors import ArticleUnreadableError
from qa.text import fold

SUFFIX = ".meta.yaml"
MAX_BYTES = 64 << 10  # a page of metadata has a hundredth of it
MAX_FIELD = 500  # characters; the title stands before every passage that is encoded
_FIELDS = ("title", "source", "published", "url")
# What people also write of an article, and what a library has no place for.
_UNKEPT = frozenset("author place period tags 作者 地点 时期 标签".split())
_MOST = 10  # faults that are told of one description
_SHOWN = 40  # characters of what somebody wrote that an error shows
_NOTHING = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Description:
    """What a person wrote of an article; empty or None where nothing.

    ``faults`` tell what could not be used, each with the name that it stands under; of a
    description that cannot be read at all the name is empty.
    """

    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    faults: tuple[Unreadable, ...] = ()


def is_sidecar(path: str) -> bool:
    """Tell whether a file is no article but describes one."""
    return path.endswith(SUFFIX)


def described_by(path: str) -> str:
    """Return the path of the sidecar that describes the file at ``path``, if it is there."""
    return str(PurePosixPath(path).with_suffix("")) + SUFFIX


def too_long() -> ArticleUnreadableError:
    """Return the error for a sidecar of more than ``MAX_BYTES``."""
    return ArticleUnreadableError(
        "description_too_long",
        "the description has more than {limit} KiB",
        limit=MAX_BYTES >> 10,
    )


def read_sidecar(file: Path) -> Description:
    """Return what the sidecar ``file`` says; what cannot be used of it is among its faults."""
    try:
        try:
            text = decode(read_bytes(file, MAX_BYTES))
        except ArticleUnreadableError as error:
            raise (too_long() if error.code == "file_too_large" else error) from error
        fields = parse(text)
    except ArticleUnreadableError as error:
        return Description(faults=(Unreadable("", error),))
    return describe(fields, unknown=tuple(_unknown(fields)))


def description_of(folder: Path, path: str, is_known: Callable[[str], bool]) -> Description:
    """Return what the sidecar of the file ``path`` tells, if it is one of those that are known."""
    sidecar = described_by(path)
    return read_sidecar(folder / sidecar) if is_known(sidecar) else Description()


def parse(text: str) -> dict[str, Any]:
    """Return the names and values, all of them texts, lists or mappings, that YAML text has.

    Raises:
        ArticleUnreadableError: if it is no YAML, or no mapping of names.
    """
    try:
        import yaml
    except ImportError as error:
        raise missing(SUFFIX, "pyyaml") from error
    try:
        # Which makes nothing but texts, lists and mappings: less than safe_load, whose merged
        # mappings double with every line, and whose days and numbers are not as they were written.
        fields = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise ArticleUnreadableError(
            "description_no_yaml", "it is not valid YAML ({kind})", kind=type(error).__name__
        ) from error
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise ArticleUnreadableError(
            "description_no_fields", "it has no lines of a name and a value, such as 'title: …'"
        )
    return fields


def describe(fields: Mapping[str, Any], unknown: tuple[Unreadable, ...] = ()) -> Description:
    """Return what ``fields`` tell of an article; ``unknown`` are faults found before."""
    columns = fields_of(fields)
    said: dict[str, str] = {}
    faults: list[Unreadable] = []
    for field in _FIELDS:
        if field not in columns:
            continue
        name = columns[field]
        fault = _fault(field, fields[name])
        if fault is not None:
            faults.append(Unreadable(_shown(name), fault))
        elif fields[name].lower() not in _NOTHING:
            said[field] = storable_text(" ".join(fields[name].split()))
    return Description(
        title=said.get("title", ""),
        source=said.get("source", ""),
        published=parse_date(said.get("published", "")),
        url=said.get("url", ""),
        faults=(*faults, *unknown)[:_MOST],
    )


def _fault(field: str, value: Any) -> ArticleUnreadableError | None:  # noqa: ANN401 - any YAML
    if not isinstance(value, str):
        return ArticleUnreadableError(
            "description_no_text", "it is a list or a mapping; write one text"
        )
    if len(value) > MAX_FIELD:
        return ArticleUnreadableError(
            "description_field_long",
            "it has more than {limit} characters",
            limit=MAX_FIELD,
        )
    is_said = value.lower() not in _NOTHING
    if field == "published" and is_said and parse_date(value) is None:
        return ArticleUnreadableError(
            "description_no_day",
            "{shown!r} is no day; write it as 2023-08-02",
            shown=_shown(value),
        )
    return None


def _unknown(fields: Mapping[str, Any]) -> Iterator[Unreadable]:
    """Yield the names that mean nothing here: else a misspelt one would do so unseen."""
    known = {*fields_of(fields).values()}
    for name in fields:
        if name not in known and fold(name).strip() not in _UNKEPT:
            error = ArticleUnreadableError(
                "description_name_unknown",
                "the name is not known; known are {names}",
                names=" ".join(_FIELDS),
            )
            yield Unreadable(_shown(name), error)


def _shown(text: str) -> str:
    """Return the beginning of what somebody wrote, in one line, as it can be stored and shown."""
    return storable_text(" ".join(text[:_SHOWN].split()))
