"""Warnings about contacts and payments outside: found where they are, silent where they are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.talk.rules import leaks
from tests.marketplace.talk.leak_texts import HARMLESS, LEAKS

OWN = "127.0.0.1"


@pytest.mark.parametrize(("text", "kinds"), LEAKS)
def test_what_leads_away_is_found(text, kinds):
    assert kinds <= set(leaks.kinds(text, own_host=OWN))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_plain_trade_is_left_alone(text):
    assert leaks.find(text, own_host=OWN) == []


def test_the_tables_are_large_enough_to_mean_something(capsys):
    assert len(LEAKS) + len(HARMLESS) >= 120
    missed = [text for text, kinds in LEAKS if not kinds <= set(leaks.kinds(text, own_host=OWN))]
    false = [text for text in HARMLESS if leaks.kinds(text, own_host=OWN)]
    with capsys.disabled():
        print(
            f"\nleaks: {len(LEAKS) - len(missed)} of {len(LEAKS)} found,"
            f" {len(false)} of {len(HARMLESS)} harmless texts warned about"
        )


def test_a_finding_shows_the_words_as_they_were_written():
    found = leaks.find("Ring me: +２５０ 788 123 456, please")
    assert [(one.kind, one.words) for one in found] == [("phone", "+２５０ 788 123 456")]


def test_links_to_the_market_itself_are_welcome_and_look_alikes_are_not():
    assert leaks.kinds("https://market.example/l/5/", own_host="market.example") == []
    assert leaks.kinds("https://market.example.evil.com/", own_host="market.example") == ["link"]
    assert leaks.kinds("https://evil.com/market.example", own_host="market.example") == ["link"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_search(text):
    for one in leaks.find(text):
        assert one.kind in leaks.KINDS


@pytest.mark.parametrize("piece", ["1 ", "a.", "pay ", "a b ", "0", "+1(", "@a", "one ", "加"])
def test_a_text_made_to_be_slow_is_searched_all_the_same(piece):
    leaks.find((piece * 2_000)[:2_000])
