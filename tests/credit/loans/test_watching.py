"""Lots near the line, the card in shadow, and how loans that ran their course are kept."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from credit.loans.models import (
    Exposure,
    Loan,
    LoanState,
    Outcome,
    ShadowDecision,
)
from credit.loans.queries import borrowing, desk, refusing, watching
from credit.loans.queries.statement import statement
from credit.loans.rules import decision
from credit.loans.services import books as accounts
from credit.loans.services import noting, repaying, shadowing
from credit.scoring import queries as scoring
from credit.scoring import rules
from credit.scoring import services as scores
from credit.scoring.models import LoanOutcome
from credit.scoring.rules.card import card_of
from marketplace.errors import BadInput
from marketplace.ledger import services as books
from tests.factories.accounts import make_person
from tests.factories.identity import make_verified
from tests.factories.loans import ask_for, make_borrower, make_loan
from tests.factories.shops import LONG_AGO

pytestmark = pytest.mark.django_db


def late(loan, at, days):
    Loan.objects.filter(pk=loan.pk).update(
        state=LoanState.LATE, late_since=at - timedelta(days=days)
    )


def facts_near(**more):
    known = decision.Facts(
        currency="EUR",
        has_identity=True,
        has_account=True,
        account_paused=False,
        shop_open=True,
        sanction_level=0,
        debt_minor=0,
        points=550,
        pd_ppm=150_000,
        thin=False,
        losses=(("buyers", 30),),
        sales_minor=100_000,
        repaid=0,
        running=0,
        unpaid=0,
        owed_minor=0,
        lent_minor=0,
        lot=10_000,
    )
    return replace(known, **more)


TERMS = decision.Terms("v", 500, 400, 6_000, 3_000, 560, 500, 1_000, 2, 100, 20, 50, 100)


def test_the_lot_gives_a_small_loan_at_the_price_of_everybody_and_only_near_the_line():
    by_lot = decision.decide(facts_near(), TERMS)
    assert (by_lot.approved, by_lot.bound_by, by_lot.limit_minor) == (True, "sample", 12_500)
    assert by_lot.rate_bp == decision.rate_bp(150_000, TERMS)

    for other in ({"lot": 50_000}, {"points": 539}, {"sampled": 100}, {"running": 2}):
        refused = decision.decide(facts_near(**other), TERMS)
        assert refused.reasons == ("score:buyers",), other
    assert decision.decide(facts_near(unpaid=1), TERMS).reasons == ("unpaid",)
    # Whoever has points enough is never in the sample.
    assert decision.decide(facts_near(points=560), TERMS).bound_by == "ladder"


def test_the_share_of_lots_is_what_the_rule_says():
    lots = [decision.lot(f"{number:x}", "2026-11") for number in range(20_000)]
    drawn = sum(decision.drawn(facts_near(lot=lot), TERMS, 10) for lot in lots)
    assert 0.044 < drawn / len(lots) < 0.056


def test_the_lot_is_a_persons_for_a_month_whatever_he_sends(now):
    shop = make_borrower(at=now, points=545)
    # What a lot gives: more may be asked for by nobody near the line.
    first, second = (ask_for(shop, at=now, amount_minor=amount) for amount in (8_000, 9_000))
    assert first.facts["lot"] == second.facts["lot"] < decision.NO_LOT
    assert desk.replay(first).same


def lucky(at):
    """Somebody on whom this month's lot falls, and who lies just below the line."""
    owner = make_person()
    hashed = Exposure._meta.get_field("fact_hash").hash_of
    for number in (f"L{count:07d}" for count in range(10_000)):
        fact = f"GH passport {number}"
        if decision.lot(hashed({"kind": "identity", "fact_sealed": fact}), f"{at:%Y-%m}") < 50_000:
            make_verified(
                user=owner, at=LONG_AGO, document_number=number, payment_account="GH99 1234"
            )
            return make_borrower(at=at, points=545, owner=owner)
    raise AssertionError("one in twenty has the lot")


def test_a_loan_by_lot_is_told_and_replays(now):
    made = ask_for(lucky(now), at=now, amount_minor=9_000)
    assert (made.outcome, made.by_lot) == (Outcome.APPROVED, True)
    assert desk.replay(made).same
    assert watching.lots() == {LoanState.ACTIVE: 1}
    assert "The lot fell on you this month." in refusing.lot_told(made)


def test_a_stored_decision_of_before_the_lot_still_replays(now):
    made = ask_for(make_borrower(at=now, points=680), at=now)
    old = {key: one for key, one in made.facts.items() if key not in ("lot", "sampled")}
    terms = {key: one for key, one in made.terms.items() if not key.startswith("sample_")}
    parts = {"facts": old, "terms": terms, "verdict": made.verdict}
    made.facts, made.terms, made.digest = old, terms, decision.digest(parts)
    assert desk.replay(made).same


def harsher(points):
    """The card in force with another base."""
    plain = rules.shop_card().plain
    card = card_of({**plain["card"], "base": plain["card"]["base"] - points})
    return rules.shop_card_of({**plain, "card": card.as_json(), "hash": card.hash})


def test_the_challenger_decides_in_shadow_once_and_changes_nothing(now):
    made = ask_for(make_borrower(at=now), at=now)
    assert shadowing.decide(application_id=made.pk, at=now) is None

    scores.start_challenger(card=harsher(250), at=now)
    for _ in range(2):
        shadowing.decide(application_id=made.pk, at=now)

    shadow = ShadowDecision.objects.get()
    assert shadow.points == max(350, made.score.points - 250)
    assert shadow.outcome == Outcome.REFUSED
    made.refresh_from_db()
    assert made.outcome == Outcome.APPROVED
    [line] = watching.shadows(scoring.challenger()[1].hash)
    assert (line.decisions, line.matured) == (1, 0)


def test_only_one_card_is_tried_at_a_time_and_never_the_one_in_force(now):
    with pytest.raises(BadInput):
        scores.start_challenger(card=rules.shop_card(), at=now)
    first = scores.start_challenger(card=harsher(10), at=now)
    assert scores.start_challenger(card=harsher(10), at=now) == first
    scores.start_challenger(card=harsher(20), at=now)
    assert scoring.challenger()[1].hash == harsher(20).hash


def test_outcomes_are_kept_once_and_say_when_the_bands_are_proven(now):
    loan = make_loan(at=now - timedelta(days=20), amount_minor=20_000)
    noting.note_outcome(loan_id=loan.pk, at=now)
    assert not LoanOutcome.objects.exists()

    owed = borrowing.stands(loan, at=now).owed_minor
    books.post(
        key="some money",
        kind="test",
        entries={
            accounts.wallet(shop_ref=loan.shop.ref, currency="EUR", at=now): 5_000,
            books.platform_account(kind="provider", currency="EUR", at=now): -5_000,
        },
        ref=loan.shop.ref,
        actor="system",
        at=now,
    )
    repaying.repay(
        loan_id=loan.pk, by_id=loan.shop.owner_id, key=uuid.uuid4(), amount_minor=owed, at=now
    )
    for _ in range(2):
        noting.note_outcome(loan_id=loan.pk, at=now)
    assert LoanOutcome.objects.get().bad is False
    [line] = desk.calibration()
    assert (line.matured, line.bad, line.lowest) == (1, 0, 0.0)
    lines = statement(Loan.objects.get())
    assert (lines[0].left_minor, lines[-1].left_minor) == (20_000, 0)
    assert sum(one.paid_minor for one in lines) == owed
    assert not scoring.proven()
    more = [
        LoanOutcome(key=f"x{n}", points=650, band="good", bad=False, at=now) for n in range(299)
    ]
    LoanOutcome.objects.bulk_create(more)
    assert scoring.proven()


def test_a_running_loan_is_judged_when_it_is_a_year_old(now):
    start = now - timedelta(days=366)
    good, bad = make_loan(at=start), make_loan(at=start)
    late(bad, now, 91)
    assert noting.note_old_ones(at=now, limit=10) == 2
    assert noting.note_old_ones(at=now, limit=10) == 0
    found = dict(LoanOutcome.objects.values_list("key", "bad"))
    assert found == {good.ref: False, bad.ref: True}
