"""What a language model wrote of an answer, held against its quotes sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence

from qa.prose import Sentence
from qa.types import Answer
from ui.escaping import escape
from ui.render import citation_button
from ui.words import Words


def written_html(
    answer: Answer, sentences: Sequence[Sentence], words: Words, *, silent: bool = False
) -> str:
    """Return the sentences: those that the quotes bear out with their numbers, others struck.

    ``silent`` says that the model wrote none, or no more.
    """
    note = f'<p class="yj-silent">{escape(words.silent)}</p>'
    if not sentences:
        return note if silent else ""
    said = "".join(_sentence(answer, sentence, words) for sentence in sentences)
    return (
        f'<div class="yj-written"><p class="yj-written-by">{escape(words.written)}</p>'
        f"<p>{said}</p>{note if silent else ''}</div>"
    )


def _sentence(answer: Answer, sentence: Sentence, words: Words) -> str:
    if not sentence.verified:
        why = words.unverified.format(problem=sentence.problem)
        return (
            f'<span class="yj-unverified"><del>{escape(sentence.text)}</del> '
            f"<small>{escape(why)}</small></span> "
        )
    cited = {citation.number: citation for citation in answer.citations}
    buttons = "".join(
        citation_button(answer, cited[number], words)
        for number in sentence.numbers
        if number in cited
    )
    return f"<span><bdi>{escape(sentence.text)}</bdi>{buttons}</span> "
