"""The records of a Milvus collection: its stamp, and in how many passages each term is."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from qa.search.indexes.collection import RecordCollection
from qa.search.indexes.sparse import Statistics
from qa.store.store import State

FORMAT = 3  # of what is in the collections: another one is not read, but made anew
_BEGUN, _STAMP, _BASE, _CHANGE = "begun", "stamp", "base", "change"  # kinds of records
_PART = 48_000  # bytes of statistics in a record: 64,000 letters, without padding
_DIFFERENCE = 0.25  # share of the counted terms that may change before all are written anew


class Counted(NamedTuple):
    """Where statistics are recorded: under which state's token, in how many parts."""

    token: int = -1
    parts: int = 0


NOWHERE = Counted()


class Begun(NamedTuple):
    """The state that a writer set out to put in force, and the collection that it changes for it.

    It may be cut off on the way, and the store put back to an earlier state then: what lies in that
    collection is of use only if the store was in this one.
    """

    state: State
    collection: str


@dataclass(frozen=True, slots=True)
class CollectionStamp:
    """The state of the store that a collection matches, which is named by its last part.

    In how many of its ``passages`` a term is, is what ``base`` says and ``change`` adds.
    """

    library_id: str
    state: State
    fingerprint: str
    collection: str
    passages: int
    base: Counted = NOWHERE
    change: Counted = NOWHERE
    format: int = FORMAT


class Ledger:
    """The records of one collection.

    The statistics are those of an earlier state, ``base``, and what changed since: so one
    article more is not the whole vocabulary written again.
    """

    def __init__(self, records: RecordCollection) -> None:
        """Take where the records are."""
        self._records = records

    def stamp(self, library_id: str, fingerprint: str) -> CollectionStamp | None:
        """Return the stamp in force, None if there is none for this library and model."""
        text = self._records.get([_STAMP]).get(_STAMP)
        if text is None:
            return None
        fields = json.loads(text)
        fields |= {name: Counted(*fields[name]) for name in (_BASE, _CHANGE)}
        stamp = CollectionStamp(**fields | {"state": State(*fields["state"])})
        known = (stamp.library_id, stamp.fingerprint) == (library_id, fingerprint)
        return stamp if known else None

    def begun(self) -> Begun | None:
        """Return what was written to last, whether or not it came into force."""
        text = self._records.get([_BEGUN]).get(_BEGUN)
        if text is None:
            return None
        state, collection = json.loads(text)
        return Begun(State(*state), str(collection))

    def begin(self, begun: Begun) -> None:
        """Note what is written to, before that happens."""
        self._records.make()
        self._records.put(-1, {_BEGUN: json.dumps(begun)})

    def base(self, stamp: CollectionStamp) -> Statistics | None:
        """Return the statistics of the stamp's ``base``, None if they are gone."""
        return self._read(_BASE, stamp.base)

    def change(self, stamp: CollectionStamp) -> Statistics | None:
        """Return what changed since, None if that is gone."""
        return self._read(_CHANGE, stamp.change)

    def write(self, stamp: CollectionStamp, base: Statistics, change: Statistics) -> None:
        """Write ``change`` since ``base``, which the stamp names, and put the stamp in force."""
        token, counted = stamp.state.token, stamp.base
        if len(change) > _DIFFERENCE * len(base):
            base, change = Statistics.total([base, change]), Statistics()
            counted = self._put(_BASE, token, base)
        changed = self._put(_CHANGE, token, change)
        whole = replace(stamp, base=counted, change=changed)
        self._records.put(-1, {_STAMP: json.dumps(asdict(whole))})
        self._records.keep([counted.token, token])

    def _read(self, kind: str, counted: Counted) -> Statistics | None:
        keys = _keys(kind, counted)
        found = self._records.get(keys)
        if len(found) < len(keys):
            return None
        return Statistics.unpack(base64.b64decode("".join(found[key] for key in keys)))

    def _put(self, kind: str, token: int, statistics: Statistics) -> Counted:
        data = statistics.pack()
        parts = [data[start : start + _PART] for start in range(0, len(data), _PART)]
        counted = Counted(token, len(parts))
        letters = (base64.b64encode(part).decode("ascii") for part in parts)
        self._records.put(token, dict(zip(_keys(kind, counted), letters, strict=True)))
        return counted


def _keys(kind: str, counted: Counted) -> list[str]:
    return [f"{kind} {counted.token} {part}" for part in range(counted.parts)]
