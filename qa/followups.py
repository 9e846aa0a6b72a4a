"""Follow-up questions: completed from what was asked before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.names import places
from qa.questions import QUOTED, Question, parse
from qa.text import fold
from qa.words import tag

REMEMBERED = 6  # earlier questions that a follow-up can lean on
_ELLIPTIC = re.compile(r"^(?:那么?|它|他|她|其|该|这个?|那个?|此|上述)|呢\?*$")
_LEAD = re.compile(r"^(?:那么?|还有|另外|以及)[,，]?")
_PRONOUN = re.compile(
    r"^(?:它们?|他们?|她们?|其中?|该[市县区镇村项目公司]{0,2}|这个|那个|此|上述)的?"
)
_ASKING = re.compile(r"多少|几|什么|哪|谁|何|怎|多[大长高远久]|吗")
_YEAR = re.compile(r"(?:\d{4} ?|[今去前明])年")


def stand_alone(question: str, history: Sequence[str]) -> Iterator[str]:
    """Yield readings of ``question`` that stand on their own, the likeliest first.

    A question that names no place, organisation or title of its own, or is plainly elliptic,
    is completed from the last question that does: “潮州呢？” puts another place in it,
    “那总投资呢？” asks for something else about it.
    """
    earlier = [past for past in history if past.strip()][-REMEMBERED:]
    folded = fold(question).strip()
    elliptic = bool(_ELLIPTIC.search(folded))
    if earlier and (elliptic or not (places(folded) or QUOTED.search(folded))):
        base = parse(next(stand_alone(earlier[-1], earlier[:-1])))
        complete = _complete(folded, base)
        yield complete
        # Another subject of the same place and time: “新增学位呢” after “新增就业多少人”.
        scope = "".join([*(f"{year}年" for year in base.years), *(p.name for p in base.places)])
        if scope and not places(folded) and not _YEAR.fullmatch(_bare(folded)):
            yield f"{scope}{_asking(_bare(folded), base)}"
    if not (earlier and elliptic):
        yield question


def _bare(question: str) -> str:
    """Return what a follow-up says itself: no “那”, no pronoun, no “呢”."""
    return re.sub(r"呢?[?。]*$", "", _PRONOUN.sub("", _LEAD.sub("", question)))


def _asking(rest: str, base: Question) -> str:
    """Return ``rest`` as a question: “总投资” after a question for a figure asks for one."""
    is_question = _ASKING.search(rest) or base.kind != "number"
    return rest if is_question else f"{rest}是多少"


def _complete(question: str, base: Question) -> str:
    """Put what the folded ``question`` leaves out, from the question ``base``."""
    rest = _bare(question)
    own = places(rest)
    if own and base.places and own[0].start == 0 and own[-1].end == len(rest):
        old = base.places[0]  # “潮州呢”: the same question about another place
        return base.text[: old.start] + rest + base.text[old.end :]
    if _YEAR.fullmatch(rest):  # “2022年呢”: the same question about another year
        return rest + _YEAR.sub("", base.text)
    topic = "".join(word.text for word in tag(base.stem) if word.flag[0] not in "uyr")
    if own:  # another place with something else to ask about it
        for place in base.places:
            topic = topic.replace(place.name, "")
    return f"{topic.strip()} {_asking(rest, base)}"
