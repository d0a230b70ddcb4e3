"""The pages of cut limits, statements and the desk's watch, and the command of the trial card."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from credit.loans.models import CutState, LimitCut
from credit.scoring import queries as scoring
from credit.scoring import rules
from credit.scoring.rules.card import card_of
from marketplace.reasons.models import StatementOfReasons
from tests.credit.loans.test_pages import browser, send, text_of
from tests.factories.accounts import make_person
from tests.factories.loans import make_borrower, make_cut, make_loan, make_officer

pytestmark = pytest.mark.django_db


def test_a_cut_is_told_appealed_and_answered_on_its_pages(now):
    shop = make_borrower(at=now, points=680)
    cut = make_cut(at=now, shop=shop)
    mine, page = browser(shop.owner), reverse("loans:cut", args=[cut.pk])
    officer, desk = browser(make_officer(now)), reverse("loans:desk_cut", args=[cut.pk])
    assert page in mine.get(reverse("loans:mine")).content.decode()
    assert "50 %" in text_of(mine.get(page))
    reasons = reverse("reasons:statement", args=[StatementOfReasons.objects.latest("pk").puid])
    assert reasons in mine.get(page).content.decode()

    assert send(mine, page, page, said="The goods were real.").status_code == 302
    assert "A person looks at it" in text_of(mine.get(page))
    assert "The goods were real." in text_of(officer.get(desk))
    assert officer.post(desk, {"verdict": "lift", "answer": " "}).status_code == 422
    assert send(officer, desk, desk, verdict="lift", answer="We believe you.").status_code == 302

    assert LimitCut.objects.get().state == CutState.LIFTED
    assert "We believe you." in text_of(mine.get(page))
    assert browser(make_person()).get(page).status_code == 404


def test_the_statement_and_its_file_tell_the_same(now):
    loan = make_loan(at=now, amount_minor=12_345)
    client = browser(loan.borrower)
    page = client.get(reverse("loans:statement", args=[loan.pk]))
    assert "€123.45" in text_of(page)
    answer = client.get(reverse("loans:statement_file", args=[loan.pk]))
    heads, line = answer.content.decode().strip().split("\r\n")
    assert heads.split(",")[2:5] == ["Lent", "Paid", "Principal"]
    assert line == f"{now.isoformat()},Paid into the wallet,123.45,0.00,0.00,0.00,123.45,EUR"


def test_the_desk_s_watch_opens_for_officers_with_a_card_in_shadow(now, tmp_path):
    client, watch = browser(make_officer(now)), reverse("loans:desk_watch")
    assert "No card is tried in shadow." in text_of(client.get(watch))

    plain = rules.shop_card().plain
    card = card_of({**plain["card"], "base": plain["card"]["base"] + 5})
    file = tmp_path / "card.json"
    file.write_text(json.dumps({"card": card.as_json(), "hash": card.hash, "facts": {}}))
    call_command("challenger", "start", str(file))
    assert card.hash[:16] in text_of(client.get(watch))
    call_command("challenger", "end")
    assert scoring.challenger() is None
    file.write_text("{}")
    with pytest.raises(CommandError):
        call_command("challenger", "start", str(file))
    assert client.get(reverse("loans:desk_cuts")).status_code == 200
