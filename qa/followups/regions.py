"""The places that a question names, with those that the tagger misses and those without a name.

“全省” and “珠三角” say where as well as 潮州 does, and 横琴合作区 is a place by how it ends.
"""

from __future__ import annotations

import re

from qa.language.names import Place, is_generic, places
from qa.language.tokens import is_word, rarity, tag
from qa.text import HAN

_RARE = 0.75  # how much at least the word says that begins the name of a zone
_DIVISIONS = "省市县区镇乡村"
_DIVISION = re.compile(rf"(?![城地园]|开发)([{HAN}]{{2}})[市县区]")
# Only where a phrase begins: “占全省的比重” is asked of another place than 全省.
_REGION = re.compile(
    rf"(?:^|(?<=[年月间,、\"“])|(?<=今年)|(?<=去年))"
    rf"(?P<name>全[国省市县区镇乡村州]|我[国省市县区]|全(?:世界|球)|世界上?"
    rf"|(?:整个)?(?:珠三角|长三角|京津冀|粤[东西北](?![{HAN}]?省)|粤港澳大湾区|大湾区|华[东南西北中]|[东中西]部地区))"
)
_ZONE = re.compile(
    rf"^(?P<name>[{HAN}]{{2,3}}(?:合作区|开发区|高新区|自贸区|保税区|度假区|风景区|示范区))(?![域级])"
)


def named_places(folded: str) -> tuple[Place, ...]:
    """Return the places of a folded text, in their order."""
    found = list(places(folded) or leading_place(folded))
    for match in (*_REGION.finditer(folded), _zone(folded)):
        if match is None:
            continue
        start, end = match.span("name")
        if not any(place.start < end and start < place.end for place in found):
            found.append(Place(start, end, match["name"], ()))
    return tuple(sorted(found))


def leading_place(folded: str) -> tuple[Place, ...]:
    """Return the place that a text begins with, if the dictionary has its name with 市 or 省."""
    division = _DIVISION.match(folded)  # 增|城区, to the tagger
    if division and any(is_word(division[1] + kind) for kind in "省市县区"):
        return (Place(0, division.end(), division[0], ()),)
    first = next(iter(tag(folded)), None)
    if first is None or len(first.text) < 2 or first.flag == "n" or is_generic(first.text):
        return ()
    if not any(is_word(first.text + kind) for kind in "省市"):
        return ()
    return (Place(first.start, first.end, first.text, ()),)


def division(place: Place) -> str:
    """Return what kind of division a place is, by its name or by the dictionary's."""
    if place.name[-1] in _DIVISIONS or place.name.endswith("街道"):
        return place.name[-1]
    return next((kind for kind in _DIVISIONS if is_word(place.name + kind)), "")


def is_whole(name: str) -> bool:
    """Tell a region without a name, 全省 or 我国, which has no parts of its own to be asked of."""
    return bool(re.fullmatch("[全我].{1,2}", name))


def _zone(folded: str) -> re.Match[str] | None:
    """Return a zone at the beginning: 横琴合作区, but not 产业示范区 or 经济开发区."""
    match = _ZONE.match(folded)
    if match is None or is_generic(match["name"]):
        return None
    first = tag(folded)[0]  # 产业, 经济 are common words; a name is rare, made up, or in pieces
    common = len(first.text) > 1 and rarity(first.text) < _RARE and first.flag != "ns"
    return None if common or first.flag in {"r", "m"} else match
