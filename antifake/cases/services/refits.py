"""The nightly refit: a challenger is trained, looks on for some days, and is judged.

It becomes champion only when it is no worse on verdicts given after its training and holds no
fewer confirmed fakes in no more holds, if need be from a lower point on. If it cannot, a person
who read which ones are lost must consent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases.learning import fitting, promotion, verdicts
from antifake.cases.learning.model import FOUNDING, Model, Weighed, from_json, probability
from antifake.cases.learning.promotion import Outcome
from antifake.cases.models import ModelState, ModelVersion, Scan, ScanState, ShadowScore
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.inbox.services import Note
from marketplace.outbox import services as outbox
from marketplace.prepared import Given, Prepared
from marketplace.rulebook import queries as rulebook

# Fewer verdicts cannot tell a better model from a luckier one.
VERDICTS_LEAST, EACH_LEAST = 60, 10
LATER_LEAST, LATER_EACH_LEAST = 40, 5
SHADOW_LASTS = timedelta(days=3)
# Without enough later verdicts by then, the challenger is too old to be worth judging.
SHADOW_ENDS = timedelta(days=45)
DRIFT_WINDOW = timedelta(days=7)
DRIFT_BEFORE = timedelta(days=28)
DRIFT_SCANS_LEAST = 200


_OF_STATE = Prepared(
    lambda: ModelVersion.objects.filter(state=Given("state")).only("body").order_by("pk")[:1]
)


def champion() -> Model:
    """Return the model whose probability counts. Costs one query."""
    row = _OF_STATE.first(state=ModelState.CHAMPION)
    return FOUNDING if row is None else _read(row.body)


@transaction.atomic(savepoint=False)
def shadow(*, scan_id: int, findings: Sequence[Weighed], at: datetime) -> int | None:
    """Note what the challenger would have said of a scan; None without one. Safe to repeat."""
    row = _OF_STATE.first(state=ModelState.CHALLENGER)
    if row is None:
        return None
    permille = probability(findings, _read(row.body)).permille
    score = ShadowScore(scan_id=scan_id, model=row, risk_permille=permille, at=at)
    ShadowScore.objects.bulk_create([score], ignore_conflicts=True)
    return permille


@transaction.atomic
def refit(*, at: datetime) -> ModelVersion | None:
    """Judge the challenger, or train one where none stands; return the model it was about.

    Safe to repeat: the same verdicts give the same models.
    """
    standing = _locked()
    champion_row = standing.get(ModelState.CHAMPION)
    if not standing.get(ModelState.CHALLENGER):
        return _train(at=at) or _reline(champion_row, at=at)
    judged = _judge(standing[ModelState.CHALLENGER], champion_row, at=at)
    if judged.state != ModelState.CHAMPION:
        _reline(champion_row, at=at)
    return judged


@transaction.atomic
def consent(*, version_id: int, by_id: int, seen: str, at: datetime) -> ModelVersion:
    """Let a challenger take over although it holds fewer confirmed fakes than the champion.

    `seen` is `list_shown` of the list the person read. Safe to repeat. Raises NotAllowed to all
    but staff, WrongState when it no longer waits or the list has changed since.
    """
    if not User.objects.filter(pk=by_id, is_staff=True, is_active=True).exists():
        raise NotAllowed(_("Only platform staff decide about models."))
    standing = _locked()
    version = ModelVersion.objects.get(pk=version_id)
    if version.state == ModelState.CHAMPION and version.consent_by_id == by_id:
        return version
    if not version.waits:
        raise WrongState(_("This model does not wait for anybody."))
    champion_row = standing.get(ModelState.CHAMPION)
    judgement = _compare(version, champion_row, at=at)
    _note(version, judgement, at=at)
    if list_shown(version=version) != seen:
        raise WrongState(_("The list has changed since you read it. Please read it again."))
    version.consent_by_id, version.consent_at = by_id, at
    # The rule of the market as it stands and as it changes: the list was drawn up for it.
    _promote(version, champion_row, hold_permille=FOUNDING.hold_permille, at=at)
    return version


@transaction.atomic
def dismiss(*, version_id: int, by_id: int, at: datetime) -> ModelVersion:
    """Retire a challenger that waits for consent. Safe to repeat. Raises NotAllowed, WrongState."""
    if not User.objects.filter(pk=by_id, is_staff=True, is_active=True).exists():
        raise NotAllowed(_("Only platform staff decide about models."))
    _locked()
    version = ModelVersion.objects.get(pk=version_id)
    if version.state == ModelState.CHAMPION:
        raise WrongState(_("This model is in use."))
    if version.state == ModelState.CHALLENGER:
        _retire(version, actor=f"user:{by_id}", at=at)
    return version


def list_shown(*, version: ModelVersion) -> str:
    """Name the list of lost fakes as it stands, so that a consent can say which one was read."""
    text = json.dumps([version.lost, version.caught_before, version.caught_now])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def watch_drift(*, at: datetime) -> list[str]:
    """Leave staff a note when risks or truth have moved away from the model; return the alarms.

    At most one note a week to each. Safe to repeat.
    """
    alarms = _drift(at)
    if alarms:
        week = at.isocalendar()
        _tell_staff(
            kind="model.drift",
            key=f"model.drift:{week.year}-{week.week}",
            subject=_("The check's probabilities have drifted"),
            body="\n".join(alarms),
            at=at,
        )
    return alarms


def _judge(
    version: ModelVersion, champion_row: ModelVersion | None, *, at: datetime
) -> ModelVersion:
    age = at - version.trained_at
    if age < SHADOW_LASTS:
        return version
    judgement = _compare(version, champion_row, at=at)
    later = judgement.challenger
    few = min(later.fakes, later.verdicts - later.fakes) < LATER_EACH_LEAST
    if later.verdicts < LATER_LEAST or few:
        if age > SHADOW_ENDS:
            _retire(version, actor="system", at=at)
        return version
    _note(version, judgement, at=at)
    if judgement.outcome == Outcome.RETIRE:
        _retire(version, actor="system", at=at)
    elif judgement.outcome == Outcome.PROMOTE:
        _promote(version, champion_row, hold_permille=judgement.hold_permille, at=at)
    elif age > SHADOW_ENDS:
        _retire(version, actor="system", at=at)
    else:
        _ask_for_consent(version, at=at)
    return version


def _compare(
    version: ModelVersion, champion_row: ModelVersion | None, *, at: datetime
) -> promotion.Judgement:
    seen = ShadowScore.objects.filter(model=version, scan__state=ScanState.DONE)
    return promotion.judge(
        champion=_read(champion_row.body) if champion_row else FOUNDING,
        challenger=_read(version.body),
        later=verdicts.examples(since=version.trained_at, until=at),
        confirmed=verdicts.confirmed_fakes(until=at),
        traffic=[
            (before or 0, now)
            for before, now in seen.values_list("scan__risk_permille", "risk_permille")
        ],
        rule_permille=rulebook.value("cases.hold_permille", at=at),
    )


def _note(version: ModelVersion, judgement: promotion.Judgement, *, at: datetime) -> None:
    version.figures = {
        "champion": judgement.champion.as_dict(),
        "challenger": judgement.challenger.as_dict(),
        "gained": len(judgement.gained),
        "holds_before": judgement.holds_before,
        "holds_now": judgement.holds_now,
        "outcome": str(judgement.outcome),
    }
    version.lost = list(judgement.lost)
    version.caught_before, version.caught_now = judgement.caught_before, judgement.caught_now
    version.judged_at = at
    version.save()


def _promote(
    version: ModelVersion, before: ModelVersion | None, *, hold_permille: int, at: datetime
) -> None:
    actor = f"user:{version.consent_by_id}" if version.consent_by_id else "system"
    if before is not None:
        _retire(before, actor=actor, at=at)
    model = replace(_read(version.body), hold_permille=hold_permille)
    version.body, version.sha256 = model.as_json(), model.sha256
    version.state, version.promoted_at = ModelState.CHAMPION, at
    version.save(
        update_fields=["state", "body", "sha256", "promoted_at", "consent_by", "consent_at"]
    )
    _record("model.promoted", version, actor=actor, at=at)


def _retire(version: ModelVersion, *, actor: str, at: datetime) -> None:
    version.state, version.retired_at = ModelState.RETIRED, at
    version.save(update_fields=["state", "retired_at"])
    _record("model.retired", version, actor=actor, at=at)


def _train(*, at: datetime) -> ModelVersion | None:
    examples = verdicts.examples(until=at)
    fakes = sum(example.is_fake for example in examples)
    if len(examples) < VERDICTS_LEAST or min(fakes, len(examples) - fakes) < EACH_LEAST:
        return None
    now = champion()
    model = fitting.fit(examples, start=now)
    if replace(now, hold_permille=model.hold_permille).sha256 == model.sha256:
        return None
    version = ModelVersion.objects.create(
        sha256=model.sha256, body=model.as_json(), trained_at=at, verdicts=len(examples)
    )
    _record("model.trained", version, actor="system", at=at)
    return version


def _reline(before: ModelVersion | None, *, at: datetime) -> ModelVersion | None:
    """Make the champion's probabilities true where a straight line can; the same are held."""
    if before is not None and at - before.trained_at < SHADOW_LASTS:
        return None
    examples = verdicts.examples(until=at)
    cut = len(examples) - round(fitting.NEWER_SHARE * len(examples))
    newer = examples[cut:]
    fakes = sum(example.is_fake for example in newer)
    if len(newer) < LATER_LEAST or min(fakes, len(newer) - fakes) < LATER_EACH_LEAST:
        return None
    found = promotion.relined(
        champion=_read(before.body) if before else FOUNDING,
        older=examples[:cut],
        newer=newer,
        confirmed=verdicts.confirmed_fakes(until=at),
        rule_permille=rulebook.value("cases.hold_permille", at=at),
    )
    if found is None:
        return None
    model, judgement = found
    if before is not None:
        _retire(before, actor="system", at=at)
    version = ModelVersion(
        state=ModelState.CHAMPION,
        sha256=model.sha256,
        body=model.as_json(),
        trained_at=at,
        verdicts=len(examples),
        promoted_at=at,
    )
    _note(version, judgement, at=at)
    _record("model.relined", version, actor="system", at=at)
    return version


def _ask_for_consent(version: ModelVersion, *, at: datetime) -> None:
    _tell_staff(
        kind="model.consent",
        key=f"model.consent:{version.pk}",
        subject=_("A new model waits for a person"),
        body=_(
            "It does better on the whole, but would let pass some confirmed fakes that are held "
            "today. Read which ones, then decide."
        ),
        link=reverse("admin:cases_modelversion_change", args=[version.pk]),
        at=at,
    )


def _drift(at: datetime) -> list[str]:
    scans = Scan.objects.filter(state=ScanState.DONE, occasion="")
    recent = scans.filter(done_at__gte=at - DRIFT_WINDOW, done_at__lt=at)
    before = scans.filter(done_at__gte=at - DRIFT_BEFORE, done_at__lt=at - DRIFT_WINDOW)
    risks = [
        [risk or 0 for risk in part.values_list("risk_permille", flat=True)]
        for part in (before, recent)
    ]
    alarms = []
    if min(map(len, risks)) >= DRIFT_SCANS_LEAST:
        index = promotion.stability_index(*risks)
        if index > promotion.PSI_ALARM:
            alarms.append(
                _("The risks of this week's scans are spread otherwise than before (PSI %(psi)s).")
                % {"psi": f"{index:.2f}"}
            )
    judged = verdicts.examples(since=at - DRIFT_BEFORE, until=at)
    model = champion()
    hold = model.holds_from(rulebook.value("cases.hold_permille", at=at))
    gap = promotion.figures(model, judged, hold).gap
    if len(judged) >= VERDICTS_LEAST and abs(gap) > promotion.GAP_ALARM:
        alarms.append(
            _("Probabilities and people's verdicts are %(points)s percentage points apart.")
            % {"points": f"{100 * abs(gap):.1f}"}
        )
    return alarms


def _tell_staff(
    *, kind: str, key: str, subject: str, body: str, at: datetime, link: str = ""
) -> None:
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    link = link or reverse("admin:cases_modelversion_changelist")
    ids = staff.values_list("pk", flat=True)
    notes = [Note(pk, kind, f"{key}:{pk}", subject, body, link) for pk in ids]
    inbox.notify_all(notes=notes, at=at)


def _locked() -> dict[str, ModelVersion]:
    """Return champion and challenger, locked in primary-key order."""
    rows = ModelVersion.objects.exclude(state=ModelState.RETIRED).order_by("pk")
    return {row.state: row for row in rows.select_for_update(no_key=True, of=["self"])}


@lru_cache(maxsize=8)
def _read(body: str) -> Model:
    return from_json(body)


def _record(action: str, version: ModelVersion, *, actor: str, at: datetime) -> None:
    data = {
        "sha256": version.sha256,
        "caught_before": version.caught_before,
        "caught_now": version.caught_now,
    }
    subject = f"model:{version.pk}"
    outbox.record(action=action, actor=actor, subject=subject, data=data, at=at)
