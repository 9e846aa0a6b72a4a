"""The fixed parts of the page: its head and the empty evidence panel."""

from __future__ import annotations

from ui.escaping import escape
from ui.page.layout import nav_html
from ui.texts.languages import Messages


def header_html(messages: Messages) -> str:
    """Return the seal, the name and the way to the other pages."""
    return (
        f'<div class="yj-brand" lang="{messages.language}">'
        '<span class="yj-seal" aria-hidden="true" lang="zh-CN"><i>引</i><i>据</i></span>'
        f'<span class="yj-name">{escape(messages.name)}</span>'
        f"{nav_html(messages, 'chat')}</div>"
    )


def first_html(messages: Messages) -> str:
    """Return what stands on the page until its scripts have built it."""
    return (
        f'<div id="yj-first">{header_html(messages)}'
        f'<div class="yj-first-text"><p class="yj-first-title">{escape(messages.welcome)}</p>'
        f'<p>{escape(messages.lede)}</p><p role="status">{escape(messages.opening)}</p>'
        f"<noscript>{escape(messages.no_script)}</noscript></div></div>"
    )


def export_html(messages: Messages) -> str:
    """Return the menu that takes the conversation along; the page's script does it."""
    kinds = (
        ("md", messages.export_markdown),
        ("docx", messages.export_word),
        ("xlsx", messages.export_excel),
    )
    buttons = "".join(
        f'<button type="button" data-export="{kind}">{escape(name)}</button>'
        for kind, name in kinds
    )
    return (
        f'<details class="yj-export" lang="{messages.language}" '
        f'data-title="{escape(messages.export_title)}">'
        f"<summary>{escape(messages.export)}</summary><div>{buttons}"
        '<p class="yj-error" role="alert" hidden></p></div></details>'
    )


def evidence_html(messages: Messages) -> str:
    """Return the evidence panel, empty; the page fills it when a citation is opened."""
    return (
        f'<aside class="yj-panel" id="yj-panel" lang="{messages.language}" '
        f'aria-label="{escape(messages.evidence)}">'
        '<div class="yj-grip"><button type="button" class="yj-toggle" aria-expanded="false" '
        'aria-controls="yj-panel-body">'
        f'<span class="yj-toggle-name">{escape(messages.evidence)}</span> '
        '<span class="yj-toggle-title"></span></button>'
        f'<button type="button" class="yj-close" aria-label="{escape(messages.close)}">×</button>'
        "</div>"
        f'<div class="yj-panel-blank"><p>{escape(messages.evidence_hint)}</p>'
        f"<p>{escape(messages.evidence_steps)}</p></div>"
        '<div class="yj-panel-body" id="yj-panel-body" hidden>'
        '<div class="yj-panel-head"></div><div class="yj-panel-excerpt"></div>'
        '<div class="yj-panel-text" tabindex="0" role="region" '
        f'aria-label="{escape(messages.original)}"></div></div></aside>'
    )
