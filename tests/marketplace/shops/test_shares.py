"""Shares of a shop: proposed, agreed by the person alone, dated, ended by either side."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.shops import queries, rules
from marketplace.shops import services as shops
from marketplace.shops.models import Share, ShareEntry, ShareState
from tests.factories.accounts import make_person
from tests.factories.guests import make_guest
from tests.factories.orders import NOON
from tests.factories.shares import make_share
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


@pytest.fixture
def shop():
    return make_shop()


def propose(shop, **more):
    words = {
        "shop_id": shop.pk,
        "by_id": shop.owner_id,
        "contact": more.pop("contact", None) or make_person().email,
        "called": "The plot by the river",
        "share_bp": 3_000,
        "since": NOON,
        "key": uuid4(),
        "at": NOON,
    }
    return shops.propose_share(**{**words, **more})


def test_nothing_holds_before_the_person_agrees(shop):
    share = propose(shop)
    assert queries.shares_shown(shop.pk, at=LATER) is None
    assert share.user.messages.filter(kind="share.proposed").exists()

    shops.agree_share(share_id=share.pk, user_id=share.user_id, at=LATER)
    shops.agree_share(share_id=share.pk, user_id=share.user_id, at=LATER)
    shown = queries.shares_shown(shop.pk, at=LATER)
    assert (shown.percent, shown.people) == ("30", 1)
    share.refresh_from_db()
    assert share.since == LATER  # never before the consent
    assert [entry.word for entry in share.entries.all()] == ["proposed", "agreed"]


def test_nobody_agrees_for_another(shop):
    share = propose(shop)
    for other in (shop.owner_id, make_person().pk):
        with pytest.raises(NotAllowed):
            shops.agree_share(share_id=share.pk, user_id=other, at=NOON)
        with pytest.raises(NotAllowed):
            shops.decline_share(share_id=share.pk, user_id=other, at=NOON)


@pytest.mark.parametrize("role", ["packer", "bookkeeper"])
def test_only_owners_propose_withdraw_and_end(shop, role):
    helper = make_member(shop=shop, role=role).user_id
    share = make_share(shop=shop)
    offered = propose(shop)
    with pytest.raises(NotAllowed):
        propose(shop, by_id=helper)
    with pytest.raises(NotAllowed):
        shops.withdraw_share(share_id=offered.pk, by_id=helper, at=NOON)
    with pytest.raises(NotAllowed):
        shops.end_share(share_id=share.pk, by_id=helper, at=NOON)


def test_all_shares_together_are_at_most_the_whole(shop):
    make_share(shop=shop, share_bp=6_000)
    propose(shop, share_bp=3_000)
    with pytest.raises(BadInput, match=r"0\.01 percent too much"):
        propose(shop, share_bp=1_001)
    propose(shop, share_bp=1_000)


def test_a_new_share_takes_the_place_of_the_old_one_from_its_day(shop):
    old = make_share(shop=shop, share_bp=9_000)
    new = propose(shop, contact=old.user.email, share_bp=9_500, since=LATER)
    shops.agree_share(share_id=new.pk, user_id=old.user_id, at=NOON)
    old.refresh_from_db()
    assert (old.ended_at, old.state) == (LATER, ShareState.AGREED)
    assert queries.shares_shown(shop.pk, at=NOON).total_bp == 9_000
    assert queries.shares_shown(shop.pk, at=LATER).total_bp == 9_500

    with pytest.raises(BadInput):  # until then the larger of both is promised
        propose(shop, share_bp=501)
    shops.end_share(share_id=new.pk, by_id=old.user_id, at=NOON)
    assert queries.shares_shown(shop.pk, at=LATER) is None


def test_of_one_person_one_share_is_in_force_at_a_moment_however_they_were_agreed(shop):
    user = make_person()
    agreed = []
    for share_bp, since in ((3_000, NOON), (2_000, LATER), (1_000, NOON)):
        share = propose(shop, contact=user.email, share_bp=share_bp, since=since)
        agreed.append(shops.agree_share(share_id=share.pk, user_id=user.pk, at=NOON))
    for share in agreed:
        share.refresh_from_db()
    assert [share.ended_at for share in agreed] == [NOON, NOON, None]
    assert queries.shares_shown(shop.pk, at=LATER).total_bp == 1_000


def test_the_database_refuses_two_shares_of_one_person_at_a_moment(shop):
    first = make_share(shop=shop, share_bp=3_000)
    Share.objects.filter(pk=first.pk).update(ended_at=LATER)
    second = propose(shop, contact=first.user.email, share_bp=2_000)
    early = {"state": ShareState.AGREED, "agreed_at": NOON}
    refused("share_one_at_a_time", lambda: Share.objects.filter(pk=second.pk).update(**early))
    Share.objects.filter(pk=second.pk).update(**early, since=LATER)  # one after the other


def test_a_contact_without_account_gets_the_same_answer(shop):
    share = propose(shop, contact="nobody@example.org")
    assert (share.user, share.state) == (None, ShareState.PROPOSED)
    shops.withdraw_share(share_id=share.pk, by_id=shop.owner_id, at=NOON)
    shops.withdraw_share(share_id=share.pk, by_id=shop.owner_id, at=NOON)
    share.refresh_from_db()
    assert share.state == ShareState.WITHDRAWN


def test_one_form_is_one_proposal_and_one_person_has_one_open(shop):
    key, user = uuid4(), make_person()
    first = propose(shop, key=key, contact=user.email)
    assert propose(shop, key=key, contact=user.email) == first
    with pytest.raises(WrongState):
        propose(shop, contact=user.email)
    shops.decline_share(share_id=first.pk, user_id=user.pk, at=NOON)
    assert shop.owner.messages.filter(kind="share.declined").exists()
    propose(shop, contact=user.email)


def test_guests_and_the_owner_get_no_share(shop):
    with pytest.raises(BadInput):
        propose(shop, contact=shop.owner.email)
    guest = make_guest()
    share = Share.objects.create(
        shop=shop,
        user=guest,
        called="Guest",
        share_bp=1,
        since=NOON,
        key=uuid4(),
        proposed_at=NOON,
        proposed_by=shop.owner,
    )
    with pytest.raises(NotAllowed):
        shops.agree_share(share_id=share.pk, user_id=guest.pk, at=NOON)
    with pytest.raises(NotAllowed):
        shops.set_share_account(user_id=guest.pk, account="IBAN 1", at=NOON)


def test_a_village_is_not_a_way_to_write_to_everybody(shop):
    for _number in range(rules.SHARES_A_DAY_MAX):
        propose(shop, share_bp=1, contact="nobody@example.org")
    with pytest.raises(WrongState):
        propose(shop, share_bp=1)
    propose(shop, share_bp=1, at=NOON + timedelta(days=1))


def test_the_first_account_pauses_nothing_and_a_change_does():
    user = make_person()
    first = shops.set_share_account(user_id=user.pk, account="IBAN 1", at=NOON)
    assert first.paused_until == NOON
    assert shops.set_share_account(user_id=user.pk, account=" IBAN  1", at=LATER) == first
    second = shops.set_share_account(user_id=user.pk, account="IBAN 2", at=LATER)
    assert second.paused_until > LATER
    assert user.messages.get(kind="share.account").body.count("IBAN 2") == 0
    assert queries.share_account(user_id=user.pk, at=NOON) == first
    with pytest.raises(BadInput):
        shops.set_share_account(user_id=user.pk, account="1", at=LATER)


def refused(name, change):
    def at_once():
        with transaction.atomic():
            change()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=name):
        at_once()


def test_the_database_keeps_what_was_agreed(shop):
    share = make_share(shop=shop, share_bp=6_000)
    mine = Share.objects.filter(pk=share.pk)
    agreed = {"state": ShareState.AGREED, "agreed_at": NOON}
    refused("agreed as it is", lambda: mine.update(share_bp=5_000))
    refused("agreed as it is", lambda: mine.update(since=LATER))
    gone = propose(shop, contact="nobody@example.org")
    shops.withdraw_share(share_id=gone.pk, by_id=shop.owner_id, at=NOON)
    back = Share.objects.filter(pk=gone.pk)
    refused("may not go", lambda: back.update(state=ShareState.PROPOSED))
    mine.update(ended_at=NOON)
    refused("agreed as it is", lambda: mine.update(ended_at=None))

    make_share(shop=shop, share_bp=7_000, at=NOON)
    other = propose(shop, share_bp=3_000)
    early = Share.objects.filter(pk=other.pk)
    early.update(**agreed)
    fourth = {**vars(other), "id": None, "key": uuid4(), "user_id": make_person().pk, **agreed}
    fourth.pop("_state")
    refused("more than the whole", lambda: Share.objects.create(**fourth))


def test_the_moves_in_the_database_are_those_of_the_rules():
    names = list(ShareState.values)
    moves = {(a, b) for a in names for b in names if rules.share_may(a, b)}
    assert moves == rules.SHARE_MOVES == {("proposed", b) for b in names if b != "proposed"}


def test_the_consent_log_only_grows_for_the_application(shop):
    make_share(shop=shop)
    assert ShareEntry.objects.filter(by=None).count() == 0
    assert ShareEntry.objects.count() == 2
