"""qa.store.files: when a file changed, as a database can hold it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from qa.store.files import StoredFile, time_of_change
from qa.store.store import Store

YEARS = 10**12 * 366 * 24 * 3600  # nanoseconds of a thousand years
TIMES = st.integers(-(1 << 63) * 10**9, (1 << 63) * 10**9) | st.integers(-YEARS, YEARS)


def at(nanoseconds: int) -> os.stat_result:
    return cast("os.stat_result", SimpleNamespace(st_mtime_ns=nanoseconds))


@given(TIMES)
def test_a_time_fits_64_bits_and_is_itself_where_it_does(time: int) -> None:
    held = time_of_change(at(time))
    assert -(1 << 63) <= held < 1 << 63
    assert (held == time) == (-(1 << 63) <= time < 1 << 63)


@given(TIMES, st.integers(1, (1 << 64) - 1))
def test_times_less_than_584_years_apart_differ(time: int, apart: int) -> None:
    assert time_of_change(at(time)) != time_of_change(at(time + apart))


def test_a_store_holds_times_of_any_year(place: Path | str) -> None:
    years = [-(1 << 63) * 10**9, -1, 0, (1 << 63) - 1, 1 << 63, 10**19, (1 << 63) * 10**9]
    files = {
        f"{year}.txt": StoredFile(number, time_of_change(at(year)), "ab")
        for number, year in enumerate(years)
    }
    store = Store(place)
    with store.transaction(revises=False):
        store.files.put(files)
    assert store.files.all() == files
    store.close()
