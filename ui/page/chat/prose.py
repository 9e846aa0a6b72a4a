"""What a language model writes of an answer, held against its quotes sentence by sentence."""

from __future__ import annotations

from qa.types import Answer
from qa.writing.prose import Sentence
from ui.escaping import escape
from ui.page.chat.render import citation_button
from ui.texts.languages import Messages


def written_html(messages: Messages) -> str:
    """Return the place for the sentences, which the page's script asks for one after another.

    It shows what of it there is: the sentences, and that the model wrote none, or no more.
    """
    return (
        '<div class="yj-written" data-write>'
        f'<div hidden><p class="yj-written-by">{escape(messages.written)}</p>'
        '<p class="yj-sentences"></p></div>'
        f'<p class="yj-silent" hidden>{escape(messages.silent)}</p></div>'
    )


def sentence_html(answer: Answer, sentence: Sentence, messages: Messages) -> str:
    """Return a sentence: one that the quotes bear out with their numbers, another struck."""
    if not sentence.verified:
        why = messages.unverified.format(problem=sentence.problem)
        return (
            f'<span class="yj-unverified"><del>{escape(sentence.text)}</del> '
            f"<small>{escape(why)}</small></span> "
        )
    cited = {citation.number: citation for citation in answer.citations}
    buttons = "".join(
        citation_button(answer, cited[number], messages)
        for number in sentence.numbers
        if number in cited
    )
    return f"<span><bdi>{escape(sentence.text)}</bdi>{buttons}</span> "
