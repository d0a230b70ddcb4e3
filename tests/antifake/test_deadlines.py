"""Every deadline of this issue, a row each: so many hours everywhere, whatever clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from antifake.cases import services as cases
from antifake.cases.queries import appealable_until
from antifake.cases.services.documents import STAYS
from marketplace.orders.services import recall
from marketplace.reasons.queries import redress_until
from marketplace.reasons.rules import stated_until
from marketplace.trust.models import Recall, Strike
from marketplace.trust.queries import strike_ends
from marketplace.trust.services import recalls
from tests.factories.inspections import make_inspection, make_inspector, make_result
from tests.factories.orders import make_order
from tests.factories.reports import answer, make_report
from tests.factories.trust import strike_listing
from tests.marketplace.trust.test_recalls import work

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Where a day has 23 or 25 hours soon after, or the calendar is a day ahead or behind.
PLACES = {
    "Europe/Berlin": datetime(2026, 3, 28, 22, 30, tzinfo=UTC),
    "America/New_York": datetime(2026, 10, 31, 23, 30, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 10, 0, tzinfo=UTC),
    "Pacific/Kiritimati": datetime(2026, 2, 28, 23, 0, tzinfo=UTC),
    "Pacific/Pago_Pago": datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    "Asia/Kathmandu": datetime(2028, 2, 28, 23, 0, tzinfo=UTC),
}


def a_case(at):
    return make_report(at=at).case.due_at


def a_removal(at):
    return answer(make_report(at=at), at=at)


def an_answer(at):
    decision = a_removal(at)
    owner = decision.case.listing.shop.owner
    words = {"decision_id": decision.pk, "by_id": owner.pk, "text": "It is what it says."}
    return cases.appeal(**words, at=at).due_at


def a_recovery(at):
    order = make_order(state="settled", at=at - 3 * DAY)
    strike_listing(order.lines.first().variant.listing, at=at)
    work(at=at)
    return Recall.objects.get().due_at


def a_mark(at):
    row = make_inspection(inspector=make_inspector(at=at), at=at)
    result = make_result(row, at=at)
    return result.until - (result.at - at)


DEADLINES = {
    "a person decides a case": (a_case, timedelta(hours=24)),
    "a decision is appealed": (lambda at: appealable_until(a_removal(at)), 186 * DAY),
    "the statement says so": (lambda at: a_removal(at).statement.redress_until, 186 * DAY),
    "an appeal is answered": (an_answer, 14 * DAY),
    "a strike counts": (strike_ends, 365 * DAY),
    "the platform bears a refund": (a_recovery, 30 * DAY),
    "an inspection is concluded": (lambda at: make_inspection(at=at).due_at, 21 * DAY),
    "a mark stands": (a_mark, 365 * DAY),
}


@pytest.mark.parametrize("zone", PLACES)
@pytest.mark.parametrize("name", DEADLINES)
def test_a_deadline_is_the_same_moment_wherever_it_is_counted(name, zone):
    due, expected = DEADLINES[name]
    moment = PLACES[zone]
    with timezone.override(ZoneInfo(zone)):
        found = due(moment.astimezone(ZoneInfo(zone)))
    assert found.astimezone(UTC) - moment == expected


@pytest.mark.parametrize("zone", PLACES)
def test_the_date_we_name_gives_six_months_by_everybody_s_calendar(zone):
    at = PLACES[zone]
    until = redress_until(at.astimezone(ZoneInfo(zone)))
    named = stated_until(until)
    here = at.astimezone(ZoneInfo(zone)).date()
    months = here.month + 6
    year, month = here.year + (months - 1) // 12, (months - 1) % 12 + 1
    last_of_month = (datetime(year + month // 12, month % 12 + 1, 1) - DAY).day  # noqa: DTZ001
    assert named >= here.replace(year=year, month=month, day=min(here.day, last_of_month))
    last_second = datetime(named.year, named.month, named.day, 23, 59, 59, tzinfo=ZoneInfo(zone))
    assert last_second <= until


@pytest.mark.parametrize(
    ("seconds", "recovered"), [(-1, 0), (0, 1)], ids=["a second early", "on time"]
)
def test_recovery_begins_at_the_second(seconds, recovered):
    due = a_recovery(PLACES["Europe/Berlin"])
    assert recalls.recover_due(at=due + timedelta(seconds=seconds)) == recovered


def test_buyers_of_the_last_six_months_get_their_money_back_and_earlier_ones_do_not():
    paid = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)
    order = make_order(state="settled", at=paid - timedelta(minutes=10))
    listing_id = order.lines.first().variant.listing_id
    assert recall.orders_with(listing_id=listing_id, since=order.paid_at) == [order.pk]
    assert recall.orders_with(listing_id=listing_id, since=paid + DAY) == []
    strike_listing(order.lines.first().variant.listing, at=order.paid_at + 186 * DAY + DAY)
    assert work() == 0
    assert Strike.objects.count() == 1


def test_files_of_an_appeal_outlive_the_time_to_appeal_and_to_answer():
    assert STAYS >= (186 + 14) * DAY
