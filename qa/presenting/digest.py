"""What has changed on the watchlist, as a Word document."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from qa.errors import ExportError, refusal
from qa.presenting.citing import saved_link
from qa.presenting.presenting import within
from qa.presenting.transcript import begin_docx, docx_bytes
from qa.store.durable import put_in_place, scratch_folder
from qa.text import visible, xml_text
from qa.types import Change, SavedAnswer, SavedQuestion

TITLE = "引据 关注的问题"
NOTHING = "没有变化。"
CHANGES: Mapping[Change, str] = {
    "found": "有了答案",
    "lost": "不再有依据",
    "answer": "答案变了",
    "quote": "答案没变，原来那句话没有了",
    "article": "答案没变，改引另一篇里同样的话",
}
_BEFORE, _NOW, _WITHIN = "之前：", "现在：", "筛选："


def to_docx(
    questions: Sequence[SavedQuestion],
    *,
    made: date,
    title: str = TITLE,
    base: str = "",
    standing: Collection[SavedAnswer] = (),
) -> bytes:
    """Return those of ``questions`` that changed, with their old and new quotes.

    With ``base``, the address of the page, the place of each quote that is ``standing`` is written
    after it.

    Raises:
        ExportError: if python-docx is not installed.
    """
    document = begin_docx(title, made)
    changed = [saved for saved in questions if saved.before is not None]
    for saved in changed:
        _write(document, saved, base, standing)
    if not changed:
        document.add_paragraph(NOTHING)
    return docx_bytes(document)


def write(path: Path, content: bytes) -> None:
    """Write a digest to ``path``; whatever goes wrong, that stays as it was.

    Raises:
        ExportError: if the system refuses.
    """
    try:
        with scratch_folder(path.parent, ".yinju-digest-") as scratch:
            (scratch / "digest").write_bytes(content)
            put_in_place(scratch / "digest", path)
    except OSError as error:
        raise ExportError(
            "digest_not_written", "{path} cannot be written: {why}", path=path, why=refusal(error)
        ) from error


def origin(answer: SavedAnswer) -> list[str]:
    """Return title, source and date of the article that a saved answer quotes, as known."""
    title = _one_line(answer.title)
    day = answer.published.isoformat() if answer.published else ""
    parts = (f"《{title}》" if title else answer.path, _one_line(answer.source), day)
    return [part for part in parts if part]


def _write(
    document: Any,  # noqa: ANN401 - docx's own type
    saved: SavedQuestion,
    base: str,
    standing: Collection[SavedAnswer],
) -> None:
    document.add_heading(xml_text(_one_line(saved.question)), 1)
    if parts := within(saved.filters):
        document.add_paragraph(xml_text(_WITHIN + _one_line(" · ".join(parts))))
    day = f"（{saved.changed.astimezone().date().isoformat()}）" if saved.changed else ""
    document.add_paragraph().add_run(CHANGES.get(saved.change, "") + day).italic = True
    for label, answer in ((_BEFORE, saved.before), (_NOW, saved.answer)):
        if answer is None:
            continue
        paragraph = document.add_paragraph(label)
        paragraph.add_run(xml_text(answer.text)).bold = True
        if answer.quote:
            quoted = document.add_paragraph(xml_text(answer.quote), style="Intense Quote")
            quoted.add_run(xml_text(f"\n—— {'，'.join(origin(answer))}"))
            if base and answer in standing:
                document.add_paragraph(xml_text(saved_link(answer, base)))


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())
