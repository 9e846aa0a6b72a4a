"""Token buckets, by a clock that the test moves."""

from __future__ import annotations

import pytest

from ui.guard import limits
from ui.guard.limits import RateLimit, client_name


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_followed_by_the_rate() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=30, burst=3, clock=clock)
    assert [limit.take("a") for _ in range(5)] == [0, 0, 0, 2.0, 2.0]
    clock.now += 1
    assert limit.take("a") == 1.0
    clock.now += 1
    assert [limit.take("a"), limit.take("a")] == [0, 2.0]
    clock.now += 1000
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 2.0]


def test_what_is_larger_takes_more() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=60, burst=10, clock=clock)
    assert [limit.take("a", 7), limit.take("a", 7), limit.take("a", 3)] == [0, 4.0, 0]
    clock.now += 2.5
    assert limit.take("a", 2.5) == 0


def test_clients_do_not_share() -> None:
    limit = RateLimit(per_minute=1, burst=1, clock=Clock())
    assert [limit.take(client) for client in "aba"] == [0, 0, 60.0]


def test_a_token_that_is_given_back_can_be_taken_again() -> None:
    limit = RateLimit(per_minute=1, burst=1, clock=Clock())
    assert limit.take("a") == 0
    limit.give_back("a")
    limit.give_back("a")
    assert [limit.take("a"), limit.take("a")] == [0, 60.0]


def test_no_rate_is_no_limit() -> None:
    limit = RateLimit(per_minute=0, burst=0)
    assert {limit.take("a") for _ in range(1000)} == {0}


def test_clients_without_number_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENTS", 2)
    limit = RateLimit(per_minute=1, burst=1, clock=Clock())
    assert [limit.take(client) for client in "abcb"] == [0, 0, 0, 60.0]
    assert limit.take("a") == 0  # the one that was quiet for longest


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_one_owner_is_one_client(address: str, name: str) -> None:
    assert client_name(address) == name
