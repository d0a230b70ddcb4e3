"""The desk over HTTP: one form decides, the next case loads, what was done is taken back."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from antifake.cases.models import (
    Case,
    CaseState,
    Decision,
    DeskSettings,
    Proposal,
    SavedView,
    SecondLook,
)
from antifake.cases.rules.keys import DEFAULT_KEYS
from antifake.cases.services import second_looks
from marketplace.accounts.models import User
from tests.factories.accounts import make_staff
from tests.factories.antifake import make_case
from tests.factories.desk import found, make_held, set_rule
from tests.factories.talk import make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    person = make_staff()
    client.force_login(person)
    return person


def at_the_desk(name, *args):
    return reverse(f"admin:cases_{name}", args=args)


def take(client):
    """Claim the next case; its page."""
    return client.post(at_the_desk("next"), follow=True)


def words_of(answer):
    return answer.content.decode()


def test_a_ready_reason_decides_in_the_seller_s_language_and_the_next_case_comes(client, staff):
    cases = [make_held(at=timezone.now()) for _ in range(2)]
    User.objects.filter(pk=cases[0].listing.shop.owner_id).update(language="en")
    page = words_of(take(client))
    assert 'aria-keyshortcuts="r"' in page
    assert "desk blurred" in page
    assert "3.1 Counterfeit goods" in page
    case = Case.objects.get(state="claimed")
    facts = {"verdict": "remove", "reason": "1"}
    answer = client.post(at_the_desk("decide", case.pk), facts, follow=True)
    decision = Decision.objects.get()
    assert decision.note.startswith("The goods carry a protected name that was disguised")
    assert (decision.policy, decision.by) == ("counterfeit", staff)
    other = Case.objects.get(state="claimed")
    assert answer.redirect_chain[-1][0].startswith(at_the_desk("case_change", other.pk))
    assert "Take it back" in words_of(answer)

    back = client.post(at_the_desk("undo", case.pk), follow=True)
    assert "Taken back" in words_of(back)
    case.refresh_from_db()
    assert (case.state, case.claimed_by) == (CaseState.CLAIMED, staff)


def test_one_leaves_a_case_and_is_not_given_it_again_at_once(client, staff):
    first, second = make_held(risk=990, at=timezone.now()), make_held(risk=600, at=timezone.now())
    take(client)
    left = client.post(at_the_desk("next"), {"leave": first.pk})
    assert left.url == at_the_desk("case_change", second.pk)
    first.refresh_from_db()
    assert first.state == CaseState.OPEN


def test_the_queue_shows_all_kinds_filters_them_and_keeps_views(client, staff):
    make_held(at=timezone.now())
    goods = make_held(findings=[found(kind="prohibited")], at=timezone.now())
    report = make_report(at=timezone.now())
    page = words_of(client.get(at_the_desk("queue")))
    assert reverse("admin:talk_report_change", args=[report.pk]) in page
    narrow = {"kinds": "prohibited", "only": "free"}
    page = words_of(client.get(at_the_desk("queue"), narrow))
    assert goods.listing.title in page
    assert reverse("admin:talk_report_change", args=[report.pk]) not in page
    client.post(at_the_desk("save_view"), {**narrow, "name": "Goods"})
    view = SavedView.objects.get(user=staff)
    assert view.filters == "kinds=prohibited&only=free"
    assert "Goods" in words_of(client.get(at_the_desk("queue")))
    assert client.post(at_the_desk("save_view"), {"name": " "}).status_code == 422
    taken = client.post(at_the_desk("next"), {"kinds": "prohibited"})
    assert taken.url == at_the_desk("case_change", goods.pk) + "?kinds=prohibited"
    client.post(at_the_desk("drop_view", view.pk))
    assert not SavedView.objects.exists()


def test_keys_are_changed_switched_off_and_refused_when_they_clash(client, staff):
    make_held(at=timezone.now())
    usual = {f"key_{action}": key for action, key in DEFAULT_KEYS.items()}
    facts = {**usual, "key_allow": "x", "key_down": "d", "keys_on": "on"}
    assert client.post(at_the_desk("settings"), facts).status_code == 302
    assert DeskSettings.objects.get(user=staff).keys == {"allow": "x", "down": "d"}
    page = words_of(take(client))
    assert "allow=x" in page
    queue = words_of(client.get(at_the_desk("queue")))
    assert "down=d up=k search=/" in queue
    assert "<kbd>d</kbd> Down the list" in queue
    assert "desk blurred" not in page
    clash = client.post(at_the_desk("settings"), {**facts, "key_allow": "r"})
    assert (clash.status_code, "used twice" in words_of(clash)) == (422, True)
    facts.pop("keys_on")
    client.post(at_the_desk("settings"), facts)
    for page in (words_of(take(client)), words_of(client.get(at_the_desk("queue")))):
        assert "data-keys" not in page
        assert "<kbd" not in page
        assert "aria-keyshortcuts" not in page


def test_a_key_given_away_before_a_new_action_claims_it_stays_as_it_was(client, staff):
    make_held(at=timezone.now())
    DeskSettings.objects.create(user=staff, keys={"allow": "j"})
    page = words_of(take(client))
    assert "allow=j" in page
    assert "down= " in page


def test_an_open_page_beats_and_learns_that_the_case_is_another_s(client, staff):
    case = make_held(at=timezone.now())
    take(client)
    assert client.post(at_the_desk("keep", case.pk)).status_code == 204
    Case.objects.update(claimed_by=make_staff())
    assert client.post(at_the_desk("keep", case.pk)).status_code == 409


def test_what_is_grave_is_previewed_proposed_and_carried_out_by_another(client, staff):
    case = make_held(at=timezone.now())
    take(client)
    facts = {"verdict": "remove", "reason": "3"}
    shown = client.post(at_the_desk("decide", case.pk), facts)
    assert "Propose it to a second person" in words_of(shown)
    form = shown.context["ruling"]
    again = {"expected": shown.context["expected"], **vars(form)}
    proposed = client.post(at_the_desk("together", case.pk), again, follow=True)
    assert "somebody else must carry it out" in words_of(proposed)
    row = Proposal.objects.get()
    client.force_login(make_staff())
    page = client.get(at_the_desk("proposal_change", row.pk))
    assert "Carry it out" in words_of(page)
    answer = {"outcome": "agree", "expected": page.context["expected"]}
    client.post(at_the_desk("proposal_answer", row.pk), answer)
    assert Decision.objects.get().by == staff


def test_a_cluster_is_previewed_decided_and_taken_back_as_one(client, staff):
    facts = [found(kind="reference_photo", evidence={"reference_id": 7, "photo_id": 1})]
    cases = [make_held(findings=facts, at=timezone.now()) for _ in range(2)]
    page = client.get(at_the_desk("together", cases[0].pk))
    assert "2 waiting cases that match the same" in words_of(page)
    chosen = {"case": [case.pk for case in cases], "verdict": "remove", "reason": "4"}
    shown = client.post(at_the_desk("together", cases[0].pk), chosen)
    assert "removes <strong>2</strong> listings" in words_of(shown)
    assert not Decision.objects.exists()
    done = {**chosen, **vars(shown.context["ruling"]), "expected": shown.context["expected"]}
    told = client.post(at_the_desk("together", cases[0].pk), done, follow=True)
    assert "exactly as shown" in words_of(told)
    assert Decision.objects.filter(verdict="remove").count() == 2
    client.post(at_the_desk("undo", cases[1].pk))
    assert Decision.objects.filter(verdict="undo").count() == 2


def test_a_known_answer_looks_like_any_case_and_changes_nothing(client, staff, monkeypatch):
    set_rule("cases.known_permille", 300)
    monkeypatch.setattr(second_looks, "_lot", lambda _key: 0)
    before = timezone.now() - 3 * second_looks.KNOWN_AFTER
    case, first = make_held(at=before), make_staff()
    Decision.objects.create(case=case, verdict="allow", by=first, at=before)
    Case.objects.filter(pk=case.pk).update(state="decided")
    other = make_held(at=timezone.now())
    page = words_of(take(client))
    assert case.listing.title in page
    for text in ("Decisions on this case", "Decided"):
        assert text not in page
    assert client.get(at_the_desk("case_change", case.pk)).context["urgency"] < 10_000
    monkeypatch.setattr(second_looks, "_lot", lambda _key: 999)
    answer = client.post(at_the_desk("decide", case.pk), {"verdict": "allow"})
    assert answer.url.startswith(at_the_desk("case_change", other.pk))
    assert SecondLook.objects.get().verdict == "allow"
    assert Decision.objects.count() == 1
    assert client.get(at_the_desk("secondlook_changelist")).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="lead_reviewers"))
    leads = words_of(client.get(at_the_desk("secondlook_changelist")))
    assert "100 % (1 of 1)" in leads


def test_the_difference_map_is_a_picture_for_staff_alone(client, staff):
    case = make_case(at=timezone.now())
    finding = case.scan.findings.filter(evidence__has_key="reference_id").first()
    page = words_of(client.get(at_the_desk("case_change", case.pk)))
    address = at_the_desk("difference", finding.pk)
    assert address in page
    answer = client.get(address)
    with Image.open(io.BytesIO(answer.content)) as drawn:
        assert drawn.format == "PNG"
        colours = [high for _low, high in drawn.convert("RGB").getextrema()]
    # The listing shows the holder's own photo, saved anew: nothing glows.
    assert max(colours) < 90
    client.force_login(case.listing.shop.owner)
    assert client.get(address).status_code == 302
