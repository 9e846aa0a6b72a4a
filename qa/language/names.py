"""Names in text: places in their administrative form, persons, organisations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from qa.language.tokens import Word, is_word, tag
from qa.text import HAN

_SUFFIX = re.compile(r"(?:街道|自治[区州县旗]|特别行政区|新区|[省市县区镇乡村州旗盟])$")
_STRIPPED = re.compile(r"(?:特别行政区|自治[区州县旗]|[省市县区])$")
# Words that end like a place but name a kind of place.
_GENERIC = re.compile(
    r"^(?:[全各本该每我此某两几这那外]|.*(?:中心|专业|特色|典型|示范|(?<!特别)行政|自然|贫困|试点|美丽|重点|和美|宜居|"
    r"最美|先进|薄弱|多个|所有|首批))?(?:城|乡|圩|集|村|农|县|市|区|镇|街道|城镇|乡镇|乡村|农村|圩镇|小镇|古镇|"
    r"县城|城区|市区|县区|镇街|老区|园区|社区|地区|山区|景区|辖区|片区|小区|校区|库区|灾区|郊区|片|牧区|林区|厂区|"
    r"港区|开发区|功能区|自贸区|保护区|示范区|试验区|集聚区|工业区|聚集区|高新区|产业区|典型区|核心区|专区|"
    r"战区|选区|特区|湾区|大湾区|城市|都市|省市|县市|直辖市|地级市|省|州|旗|盟|门市|股市|楼市|上市|夜市|超市|"
    r"集市|菜市|牛市|熊市|省级|村居|村镇|百?强县|百?强镇|强村|强市|强省|新村|旧村|大村|小村|村村|镇镇|"
    r"县镇村|.*农村|.*城市|城中村|"
    r".*联.*村|.*[古小县城乡圩强名重]镇|.*贤.*乡|.*发达.*|.*镇村|全国镇|.*国家)$"
)
# Divisions of that name exist, but without their suffix these are parts of any city.
_NOT_BARE = frozenset(
    (
        "新城 古城 旧城 老城 新建 新区 江南 江北 城南 城北 城东 城西 城中 滨海 东方 平安 和平 新华 "
        "南山 西湖 东北 西北 东南 西南 华南 华北 华东 华中 西部 东部 南部 北部 中部 东城 西城 中心 "
        "建设 开发 朝阳 新兴 大通"
    ).split()
)
_TOWN = re.compile(
    rf"(?:^|(?<=[,.。;；、:!?\"'(（和与及在对从到为如省市县区镇]))"
    rf"([{HAN}]{{2,3}}(?:镇(?![企街村域区级]|容)|乡(?![村镇贤亲])|街道))"
)
_DIVISIONS = "省市县区镇乡村"
_NOUNS = ("n", "s", "j", "g", "x", "m", "z")
_NUMBERS = re.compile("^[一二三四五六七八九十两百千万]+$|[多少几哪各每某数个]")
_TOWN_WORDS = frozenset(("企", "街", "村", "域", "容", "级"))  # 镇企, 镇街: the end of no name
_PLACE_FLAGS = ("ns", "nr", "nz", "s", "n", "nrt", "j", "ng", "f")


_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟"
    "姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤温康施"
)


class Place(NamedTuple):
    """A place name: its span, the name as written, and its parents as written before it."""

    start: int
    end: int
    name: str
    parents: tuple[str, ...]

    @property
    def base(self) -> str:
        """The name without province, city, county or district."""
        return base(self.name)


def base(name: str) -> str:
    """Strip what kind of division a name is: “鹤山市” is “鹤山”, “长沙镇” stays itself."""
    stripped = _STRIPPED.sub("", name)
    return stripped if len(stripped) >= 2 else name


@lru_cache(maxsize=4096)
def places(text: str) -> tuple[Place, ...]:
    """Find the place names of ``text``; “梅州市梅江区” is one, 梅江区, with a parent."""
    found: list[Place] = []
    for start, end in _place_spans(text):
        if found and found[-1].end > start:
            continue
        name = text[start:end]
        if found and found[-1].end == start:
            above = found.pop()
            found.append(Place(above.start, end, name, (*above.parents, above.name)))
        else:
            found.append(Place(start, end, name, ()))
    return tuple(found)


def _place_spans(text: str) -> list[tuple[int, int]]:
    """Find place names by the tagger, and towns at the beginning of a phrase by their form."""
    words = tag(text)
    spans = [
        match.span(1)
        for match in _TOWN.finditer(text)
        if not _GENERIC.match(match[1]) and _is_town(words, *match.span(1))
    ]
    for word, following, after in zip_longest(words, words[1:], words[2:]):
        if word is not None and (end := _place_end(word, following, after)):
            start = word.start
            if text[start] in "市县区" and spans and spans[-1][1] == start and end - start > 2:
                spans[-1] = (spans[-1][0], start + 1)  # “潮安|区文祠镇” is 潮安区, 文祠镇
                start += 1
            spans.append((start, end))
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _is_town(words: Sequence[Word], start: int, end: int) -> bool:
    """Tell whether what the tagger made of a supposed town's name are pieces of a name.

    The word at its end may run on only if the tagger made it up: “共和|镇有” is 共和镇.
    """
    for word in words:
        if word.start < end and start < word.end:
            if word.flag == "ns" and word.end < end - 1 and _is_bare_place(word.text):
                return False  # “潮州|整村”: a name that is complete, and something else
            runs_on = word.end > end and is_word(word.text)
            is_piece = word.flag.startswith(_NOUNS) or (word.end > end and not runs_on)
            if runs_on or not is_piece or _NUMBERS.search(word.text):
                return False
    return True


def _place_end(word: Word, following: Word | None, after: Word | None) -> int:
    """Return where the place name that begins with ``word`` ends, 0 if there is none."""
    can_extend = word.flag in _PLACE_FLAGS and not (word.flag == "n" and is_word(word.text))
    if following is not None and 2 <= len(word.text) <= 4 and can_extend:
        joined = word.text + following.text
        is_town = following.text in {"镇", "乡", "村", "街道"}
        if (
            _SUFFIX.fullmatch(following.text)
            and not (len(word.text) > 2 and _SUFFIX.search(word.text))
            and not _GENERIC.match(joined)
            and (word.flag == "ns" or is_town)
            and not (is_town and after is not None and after.text in _TOWN_WORDS)
        ):
            return following.end
        # “梅县|区规|上” is 梅县区: the tagger made up a word from the suffix and what follows.
        if word.flag == "ns" and following.text[0] in "市县区" and not is_word(following.text):
            return following.start + 1
    if len(word.text) >= 3 and _SUFFIX.search(word.text) and not _GENERIC.match(word.text):
        return word.end if word.flag in {"ns", "nr", "nz", "nt"} else 0
    if word.flag == "ns" and len(word.text) >= 2 and _is_bare_place(word.text):
        return word.end
    return 0


@lru_cache(maxsize=4096)
def _is_bare_place(name: str) -> bool:
    """Tell whether a name without suffix is a division: the dictionary also has it with one."""
    return name not in _NOT_BARE and any(
        is_word(name + suffix)
        for suffix in ("省", "市", "县", "区", "州", "自治区", "国", "特别行政区")
    )


def persons(text: str) -> list[tuple[int, int]]:
    """Find the names of persons, as jieba's tagger sees them, with a surname it left out."""
    found = []
    for word in tag(text):
        is_name = word.flag in {"nr", "nrt", "nrfg"} and 2 <= len(word.text) <= 6
        if is_name and not _SUFFIX.search(word.text):
            before = text[word.start - 1 : word.start]
            lacks_surname = word.text[0] not in _SURNAMES and before and before in _SURNAMES
            found.append((word.start - 1 if lacks_surname else word.start, word.end))
    return found


def is_generic(name: str) -> bool:
    """Tell a word that names a kind of place, 城镇 or 园区, from the name of one."""
    return bool(_GENERIC.match(name))


def is_surname(character: str) -> bool:
    """Tell whether a character is one of the common surnames."""
    return character in _SURNAMES


def division(place: Place) -> str:
    """Return what kind of division a place is, by its name or by the dictionary's."""
    if place.name[-1] in _DIVISIONS or place.name.endswith("街道"):
        return place.name[-1]
    return next((kind for kind in _DIVISIONS if is_word(place.name + kind)), "")
