"""Prices as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import scaled
from marketplace.shops.amounts import MAX_MINOR, read_amount


@pytest.mark.parametrize(
    ("text", "digits", "minor"),
    [
        ("12", 2, 1200),
        ("12.5", 2, 1250),
        ("12,50", 2, 1250),
        ("0.05", 2, 5),
        ("1,234.50", 2, 123450),
        ("1.234,50", 2, 123450),
        ("1 234,50", 2, 123450),
        ("1'234.50", 2, 123450),
        ("1.200.000", 2, 120000000),
        ("1,200", 0, 1200),
        ("1.234", 3, 1234),
        ("١٢٫٥٠", 2, 1250),
        ("5.", 2, 500),
    ],
)
def test_amounts_are_read_in_the_ways_people_write_them(text, digits, minor):
    assert read_amount(text, digits=digits) == minor


@pytest.mark.parametrize(
    ("text", "digits", "code"),
    [
        ("", 2, "empty"),
        (" ", 2, "empty"),
        ("1,234", 2, "decimals"),
        ("1.005", 2, "decimals"),
        ("1.5", 0, "unreadable"),
        ("12.5.0", 2, "unreadable"),
        ("1,23,456.00", 2, "unreadable"),
        ("-3", 2, "unreadable"),
        ("1e5", 2, "unreadable"),
        ("twelve", 2, "unreadable"),
        ("3²", 2, "unreadable"),
        ("99999999999999999999", 2, "range"),
        ("999999999999", 2, "range"),
    ],
)
def test_what_could_mean_two_amounts_is_refused_and_never_guessed(text, digits, code):
    with pytest.raises(ValueError, match=code):
        read_amount(text, digits=digits)


@given(st.integers(0, MAX_MINOR), st.sampled_from([0, 2, 3]), st.sampled_from([".", ","]))
def test_every_amount_reads_back_exactly(minor, digits, mark):
    text = f"{scaled(minor, digits):f}".replace(".", mark)
    assert read_amount(text, digits=digits) == minor


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text):
    try:
        found = read_amount(text, digits=2)
    except ValueError as error:
        found = str(error)
    assert found in {"empty", "unreadable", "decimals", "range"} or 0 <= found <= MAX_MINOR
