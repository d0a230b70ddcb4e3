"""How times are written."""

from datetime import UTC, datetime

from django.utils.formats import date_format, time_format


def test_hours_are_counted_to_24_and_no_sentence_ends_with_two_points():
    at = datetime(2026, 3, 2, 16, 5, tzinfo=UTC)
    assert date_format(at, "DATETIME_FORMAT") == "March 2, 2026, 16:05"
    assert time_format(at.time()) == "16:05"
