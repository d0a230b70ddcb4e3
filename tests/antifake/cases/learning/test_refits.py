"""The nightly refit: who becomes champion, who must be asked, and what drifts."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from antifake.cases.learning import verdicts
from antifake.cases.learning.model import FOUNDING, Model, Weight, probability
from antifake.cases.models import AuditSample, ModelState, ModelVersion, Scan, ShadowScore
from antifake.cases.services import refits
from antifake.detectors.base import Finding as Found
from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox.models import Message
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW
from tests.factories.learning import make_verdicts
from tests.factories.reasons import make_statement

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NAME = ("brand_lookalike", 5.0)
WEAK = Model(weights={"brand_lookalike": Weight(0, 0.5)})


@pytest.fixture
def staff():
    return [make_staff() for _ in range(3)]


@pytest.fixture
def teach(staff):
    """Verdicts of a world in which a disguised name alone is a fake nine times of ten."""
    statement = make_statement(addressee_id=make_person().pk)

    def told(count, *, at, right=9):
        facts = [
            ([NAME] if n % 2 else [], bool(n % 2) and n % 20 < 2 * right) for n in range(count)
        ]
        return make_verdicts(facts, statement=statement, staff=staff, at=at)

    return told


def make_version(model, *, state=ModelState.CHALLENGER, at=NOW, **facts):
    return ModelVersion.objects.create(
        state=state, sha256=model.sha256, body=model.as_json(), trained_at=at, verdicts=60, **facts
    )


def looked_on(version, scans):
    """The challenger would have held all of these, the champion none."""
    Scan.objects.filter(pk__in=[scan.pk for scan in scans]).update(risk_permille=20)
    ShadowScore.objects.bulk_create(
        ShadowScore(scan=scan, model=version, risk_permille=400, at=NOW) for scan in scans
    )


def found(kind="brand_lookalike", log_odds=5.0):
    return Found("test", "1", kind, "key", 0, 1, "It looks alike.", log_odds)


def test_without_verdicts_the_model_set_by_hand_decides():
    assert refits.champion() == FOUNDING
    assert refits.refit(at=NOW) is None


def test_a_challenger_is_trained_looks_on_and_takes_over_after_better_days(teach):
    teach(120, at=NOW)
    trained = refits.refit(at=NOW + DAY)
    assert trained.state == ModelState.CHALLENGER
    assert refits.refit(at=NOW + 2 * DAY) == trained  # too early to judge
    assert refits.champion() == FOUNDING

    teach(100, at=NOW + 3 * DAY)
    judged = refits.refit(at=NOW + 6 * DAY)
    assert (judged.pk, judged.state) == (trained.pk, ModelState.CHAMPION)
    assert judged.caught_now >= judged.caught_before > 0
    assert refits.champion().sha256 == judged.sha256
    figures = judged.figures
    assert figures["challenger"]["log_loss"] < figures["champion"]["log_loss"]


def test_the_same_verdicts_train_the_same_model(teach):
    teach(120, at=NOW)
    first = refits.refit(at=NOW + DAY)
    ModelVersion.objects.all().delete()
    assert refits.refit(at=NOW + DAY).sha256 == first.sha256


def test_few_later_verdicts_promote_nobody(teach):
    teach(120, at=NOW)
    refits.refit(at=NOW + DAY)
    teach(20, at=NOW + 3 * DAY)
    assert refits.refit(at=NOW + 6 * DAY).state == ModelState.CHALLENGER
    assert refits.refit(at=NOW + 60 * DAY).state == ModelState.RETIRED


def test_what_holds_fewer_confirmed_fakes_waits_for_a_person(teach, staff, client):
    """A world in which the name became harmless: the new model is truer, and loses fakes."""
    fakes = teach(60, at=NOW)
    version = make_version(WEAK, at=NOW + DAY)
    looked_on(version, teach(100, at=NOW + 2 * DAY, right=1))
    for day in (5, 6):
        waiting = refits.refit(at=NOW + day * DAY)
    assert (waiting.state, waiting.waits) == (ModelState.CHALLENGER, True)
    assert {scan.pk for scan in fakes} & set(waiting.lost)
    assert Message.objects.filter(kind="model.consent").count() == len(staff)
    before = refits.champion()

    client.force_login(staff[0])
    page = client.get(reverse("admin:cases_modelversion_change", args=[version.pk]))
    assert f"{len(waiting.lost)} confirmed fakes would pass" in page.content.decode()
    client.post(reverse("admin:cases_consent", args=[version.pk]), {"seen": "another list"})
    assert refits.champion() == before
    consented = refits.consent(
        version_id=version.pk,
        by_id=staff[0].pk,
        seen=refits.list_shown(version=waiting),
        at=NOW + 6 * DAY,
    )
    assert (consented.state, consented.consent_by) == (ModelState.CHAMPION, staff[0])
    assert refits.champion().sha256 == WEAK.sha256


def test_a_list_that_grew_since_it_was_read_needs_another_reading(teach, staff):
    teach(60, at=NOW)
    version = make_version(WEAK, at=NOW + DAY)
    looked_on(version, teach(100, at=NOW + 2 * DAY, right=1))
    refits.refit(at=NOW + 5 * DAY)
    seen, before = refits.list_shown(version=refits.refit(at=NOW + 6 * DAY)), refits.champion()
    teach(20, at=NOW + 6 * DAY + DAY / 2)
    facts = {"version_id": version.pk, "seen": seen, "at": NOW + 7 * DAY}
    with pytest.raises(WrongState):
        refits.consent(by_id=staff[0].pk, **facts)
    with pytest.raises(NotAllowed):
        refits.consent(by_id=make_person().pk, **facts)
    assert refits.champion() == before
    refits.dismiss(version_id=version.pk, by_id=staff[0].pk, at=NOW + 7 * DAY)
    version.refresh_from_db()
    assert version.state == ModelState.RETIRED


def test_while_nobody_consents_probabilities_become_true_and_the_same_are_held(teach):
    teach(60, at=NOW)
    looked_on(make_version(WEAK, at=NOW + DAY), teach(200, at=NOW + 2 * DAY, right=2))
    refits.refit(at=NOW + 5 * DAY)
    relined = ModelVersion.objects.get(state=ModelState.CHAMPION)
    figures = relined.figures
    assert figures["challenger"]["ece"] < figures["champion"]["ece"]
    assert relined.caught_now >= relined.caught_before > 0
    model = refits.champion()
    assert probability([found()], model).permille >= model.holds_from(500)
    assert probability([found(log_odds=1.2)], model).permille < model.holds_from(500)


def test_the_database_refuses_a_fall_without_consent_and_a_second_champion():
    facts = {"promoted_at": NOW, "judged_at": NOW, "caught_before": 9}
    with pytest.raises(IntegrityError, match="recall_falls"), transaction.atomic():
        make_version(WEAK, state=ModelState.CHAMPION, caught_now=8, **facts)
    make_version(WEAK, state=ModelState.CHAMPION, caught_now=9, **facts)
    with pytest.raises(IntegrityError, match="one_champion"), transaction.atomic():
        make_version(FOUNDING, state=ModelState.CHAMPION, caught_now=9, **facts)


def test_a_challenger_s_probability_is_noted_once_and_decides_nothing(teach):
    [scan] = teach(1, at=NOW)
    assert refits.shadow(scan_id=scan.pk, findings=[found()], at=NOW) is None
    make_version(WEAK)
    for _ in range(2):
        assert refits.shadow(scan_id=scan.pk, findings=[found()], at=NOW) < 752
    assert ShadowScore.objects.count() == 1


def test_what_was_drawn_blind_stands_for_all_it_was_drawn_from(teach):
    [scan] = teach(1, at=NOW)
    AuditSample.objects.create(case=scan.case, population="allowed", chance_permille=20, at=NOW)
    [example] = verdicts.examples(until=NOW + DAY)
    assert (example.weight, example.scan_id, example.is_fake) == (50, scan.pk, False)


def test_an_alarm_when_verdicts_leave_the_probabilities(teach, staff):
    teach(100, at=NOW, right=1)
    assert len(refits.watch_drift(at=NOW + DAY)) == 1
    refits.watch_drift(at=NOW + DAY)
    assert Message.objects.filter(kind="model.drift").count() == len(staff)


def test_an_alarm_when_this_week_s_risks_are_spread_otherwise(teach):
    for day, risk in ((10, 20), (1, 700)):
        scans = teach(210, at=NOW - day * DAY, right=9)
        Scan.objects.filter(pk__in=[scan.pk for scan in scans]).update(risk_permille=risk)
    assert any("PSI" in alarm for alarm in refits.watch_drift(at=NOW))
