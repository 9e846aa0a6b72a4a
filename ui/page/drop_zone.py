"""The place on a page where files are dropped into the folder of articles."""

from __future__ import annotations

from qa.articles.formats import READERS
from ui.escaping import escape
from ui.texts.languages import Messages


def drop_zone_html(messages: Messages, limit: int, hint: str) -> str:
    """Return the place, which the script ``uploads.js`` serves, and the list of what came.

    A file may have ``limit`` bytes; ``hint`` tells what can be dropped.
    """
    said = {
        "received": messages.file_received,
        "read": messages.file_read,
        "stored": messages.file_stored,
        "found": messages.file_found,
        "summed": messages.files_found,
        "unread": messages.files_failed,
        "error": messages.error,
        "limit": str(limit),
        "large": messages.too_large.format(size=limit >> 20),
    }
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    kinds = 'accept="' + ",".join(sorted(READERS)) + '"'
    return (
        f'<div class="yj-drop"{data}><p><span>{escape(messages.add_hint)}</span> '
        f"{_chooser('yj-files', messages.choose_files, kinds)} "
        f"{_chooser('yj-folder', messages.choose_folder, 'webkitdirectory')}</p>"
        f'<p class="yj-hint">{escape(hint)}</p></div>'
        '<p class="yj-uploads-said" role="status"></p>'
        f'<ul class="yj-uploads" tabindex="0" aria-label="{escape(messages.add)}" hidden></ul>'
    )


def _chooser(name: str, label: str, more: str) -> str:
    return (
        f'<label class="yj-button" for="{name}">{escape(label)}</label>'
        f'<input type="file" id="{name}" class="yj-unseen" multiple {more}>'
    )
