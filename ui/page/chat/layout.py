"""The fixed parts of the page: its head and the empty evidence panel."""

from __future__ import annotations

from ui.escaping import escape
from ui.page.layout import nav_html
from ui.texts.languages import Words


def header_html(words: Words) -> str:
    """Return the seal, the name and the way to the other pages."""
    return (
        f'<div class="yj-brand" lang="{words.language}">'
        '<span class="yj-seal" aria-hidden="true" lang="zh-CN"><i>引</i><i>据</i></span>'
        f'<span class="yj-name">{escape(words.name)}</span>'
        f"{nav_html(words, 'chat')}</div>"
    )


def first_html(words: Words) -> str:
    """Return what stands on the page until its scripts have built it."""
    return (
        f'<div id="yj-first">{header_html(words)}'
        f'<div class="yj-first-text"><p class="yj-first-title">{escape(words.welcome)}</p>'
        f'<p>{escape(words.lede)}</p><p role="status">{escape(words.opening)}</p>'
        f"<noscript>{escape(words.no_script)}</noscript></div></div>"
    )


def export_html(words: Words) -> str:
    """Return the menu that takes the conversation along; the page's script does it."""
    kinds = (("md", words.export_markdown), ("docx", words.export_word))
    buttons = "".join(
        f'<button type="button" data-export="{kind}">{escape(name)}</button>'
        for kind, name in kinds
    )
    return (
        f'<details class="yj-export" lang="{words.language}" '
        f'data-title="{escape(words.export_title)}">'
        f"<summary>{escape(words.export)}</summary><div>{buttons}"
        '<p class="yj-error" role="alert" hidden></p></div></details>'
    )


def evidence_html(words: Words) -> str:
    """Return the evidence panel, empty; the page fills it when a citation is opened."""
    return (
        f'<aside class="yj-panel" id="yj-panel" lang="{words.language}" '
        f'aria-label="{escape(words.evidence)}">'
        '<div class="yj-grip"><button type="button" class="yj-toggle" aria-expanded="false" '
        'aria-controls="yj-panel-body">'
        f'<span class="yj-toggle-name">{escape(words.evidence)}</span> '
        '<span class="yj-toggle-title"></span></button>'
        f'<button type="button" class="yj-close" aria-label="{escape(words.close)}">×</button>'
        "</div>"
        f'<div class="yj-panel-blank"><p>{escape(words.evidence_hint)}</p>'
        f"<p>{escape(words.evidence_steps)}</p></div>"
        '<div class="yj-panel-body" id="yj-panel-body" hidden>'
        '<div class="yj-panel-head"></div><div class="yj-panel-excerpt"></div>'
        '<div class="yj-panel-text" tabindex="0" role="region" '
        f'aria-label="{escape(words.original)}"></div></div></aside>'
    )
