"""Which path through follow-up and history writes a rewriting that a person wrote."""

from __future__ import annotations

from qa.reading.rewriter import FILLERS, Source
from qa.text import fold

_JUMP = 1.0  # what it costs to go on elsewhere than at a neighbour
# Where one jump may lead to several places, the follow-up is preferred, then what was said last;
# the words that are lent to all come last.
_SAID, _OF_LATER, _LENT = 0.3, 0.2, 0.6


def path_of(source: Source, rewrite: str) -> list[int] | None:
    """Return the path with the fewest jumps that writes ``rewrite``, with beginning and end.

    Characters that stand nowhere are left out.  Nothing if none is left, or where a node would be
    written twice.
    """
    written = fold("".join(source.characters))
    nodes: dict[str, list[int]] = {}
    for node, character in enumerate(written, 1):
        nodes.setdefault(character, []).append(node)
    costs: dict[int, float] = {0: 0.0}
    ways: list[dict[int, int]] = []
    for character in fold(rewrite):
        if character not in nodes:
            continue
        cheapest = min(costs, key=lambda node: costs[node])
        fresh: dict[int, float] = {}
        way: dict[int, int] = {}
        for node in nodes[character]:
            fresh[node] = costs[cheapest] + _JUMP + _preference(source, node)
            way[node] = cheapest
            if node - 1 in costs and costs[node - 1] < fresh[node] and node != source.asked + 1:
                fresh[node], way[node] = costs[node - 1], node - 1
        costs = fresh
        ways.append(way)
    if not ways:
        return None
    path = [min(costs, key=lambda node: costs[node])]
    for way in reversed(ways):
        path.append(way[path[-1]])
    path = [*reversed(path), len(source.characters) - 1]
    return path if len({*path}) == len(path) else None


def _preference(source: Source, node: int) -> float:
    if source.is_asked(node):
        return 0.0
    end = len(source.characters) - 1
    return _LENT if node >= end - len(FILLERS) else _SAID - _OF_LATER * node / end
