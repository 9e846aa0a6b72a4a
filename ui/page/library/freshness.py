"""The line that tells what is indexed and whether it matches the folder."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Failure, LibraryStatus
from ui.escaping import escape, isolate
from ui.texts.errors import sentence
from ui.texts.languages import Messages

MAX_LISTED = 100  # unreadable files listed by name


def can_update(status: LibraryStatus) -> bool:
    """Tell whether a sync from the page would help."""
    return (
        not status.fresh
        and not status.stale_model
        and status.folder is not None
        and status.changes is not None
        and status.changes.changes
    )


def is_updating(status: LibraryStatus) -> bool:
    """Tell whether all is stored, but the sync that did it is not over."""
    return (
        not status.fresh
        and not status.stale_model
        and status.changes is not None
        and not status.changes.changes
    )


def freshness_html(
    status: LibraryStatus, messages: Messages, notice: str = "", error: str = ""
) -> str:
    """Return the line; ``notice`` says what is going on, ``error`` what went wrong."""
    kind = "fresh" if status.fresh else "stale"
    parts = [
        f'<span class="yj-count">{escape(messages.articles.format(n=status.articles))}</span>',
        f'<span class="yj-state">{escape(state_text(status, messages))}</span>',
    ]
    if notice:
        parts.append(f'<span class="yj-notice">{escape(notice)}</span>')
    line = '<span class="yj-dot"> · </span>'.join(parts)
    alert = f'<p class="yj-error" role="alert"><bdi>{escape(error)}</bdi></p>' if error else ""
    return (
        f'<div class="yj-freshness" data-kind="{kind}" role="status" lang="{messages.language}">'
        f"<p>{line}</p>{alert}{_failures(status.failed, messages)}</div>"
    )


def state_text(status: LibraryStatus, messages: Messages) -> str:
    """Return how the index stands to the folder, in words."""
    if status.stale_model:
        return messages.stale_model
    if status.folder is None:
        return messages.no_folder
    if status.changes is None:
        return messages.folder_gone
    if status.fresh:
        return messages.fresh
    if is_updating(status):
        return messages.updating
    changes = status.changes
    count = sum(map(len, (changes.added, changes.updated, changes.removed, changes.renamed)))
    return messages.changed.format(n=count)


def _failures(failed: Sequence[Failure], messages: Messages) -> str:
    if not failed:
        return ""
    items = "".join(
        f"<li>{isolate(failure.path)} <span>{isolate(sentence(failure, messages))}</span></li>"
        for failure in failed[:MAX_LISTED]
    )
    more = "<li>…</li>" if len(failed) > MAX_LISTED else ""
    return (
        f"<details><summary>{escape(messages.unreadable.format(n=len(failed)))}</summary>"
        f"<ul>{items}{more}</ul></details>"
    )
