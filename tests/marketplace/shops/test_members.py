"""Inviting, joining, changing roles and removing; and that access follows at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.outbox.models import Event, Job, LogEntry
from marketplace.shops import queries, rules, services
from marketplace.shops.models import InvitationState, MemberRole, ShopInvitation, ShopMember
from marketplace.shops.rules import Act
from tests.factories.accounts import make_person, make_user
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


def invite(shop, now, **changes):
    asked = {"shop_id": shop.pk, "by_id": shop.owner_id, "role": "packer", "at": now, **changes}
    return services.invite_member(**asked)


def test_a_link_lets_one_person_in_once(now):
    shop, first, second = make_shop(), make_person(), make_person()
    invitation, token = invite(shop, now)
    member = services.accept(user_id=first.pk, token=token, at=now)
    assert member == services.accept(user_id=first.pk, token=token, at=now)
    with pytest.raises(NotAllowed):
        services.accept(user_id=second.pk, token=token, at=now)

    assert (member.shop, member.user, member.role) == (shop, first, "packer")
    assert shop.members.count() == 2
    invitation.refresh_from_db()
    assert (invitation.state, invitation.accepted_by) == (InvitationState.ACCEPTED, first)
    told = Message.objects.get(kind="member.joined")
    assert told.user_id == shop.owner_id
    actions = LogEntry.objects.filter(subject=shop.ref).values_list("action", flat=True)
    assert list(actions) == ["member.invited", "member.joined"]


def test_the_token_is_kept_nowhere(now):
    person = make_user()
    _invitation, token = invite(make_shop(), now, contact=person.email)
    for rows in (ShopInvitation, Message, LogEntry, Job, Event):
        assert token not in str(list(rows.objects.values()))


@pytest.mark.parametrize("contact", ["email", "phone"])
def test_an_invitation_to_an_account_is_that_account_s_alone(now, contact):
    shop, stranger = make_shop(), make_person()
    person = make_user(email="pack@example.org", phone="+250788123456")
    typed = {"email": " Pack@Example.org ", "phone": "+250 788 123 456"}[contact]
    invitation, token = invite(shop, now, contact=typed)
    assert Message.objects.get(kind="member.invited").user == person
    assert list(queries.invitations_for(user_id=person.pk, at=now)) == [invitation]
    for way in ({"token": token}, {"invitation_id": invitation.pk}):
        with pytest.raises(NotAllowed):
            services.accept(user_id=stranger.pk, at=now, **way)
    services.accept(user_id=person.pk, invitation_id=invitation.pk, at=now)
    assert queries.may(user_id=person.pk, shop_id=shop.pk, act=Act.SHIP)


def test_nobody_learns_who_has_an_account(now):
    shop, person = make_shop(), make_user()
    known, _token = invite(shop, now, contact=person.email)
    unknown, _token = invite(shop, now, contact="nobody@example.org")
    shown = [
        queries.open_invitations(shop_id=shop.pk, at=now).get(pk=i.pk) for i in (known, unknown)
    ]
    assert shown[0].role == shown[1].role
    assert shown[0].due_at == shown[1].due_at


def test_a_stranger_with_the_link_learns_nothing_about_the_contact(now):
    shop, person = make_shop(), make_user()
    words = []
    for contact in (person.email, "nobody@example.org"):
        _invitation, token = invite(shop, now, contact=contact)
        with pytest.raises(NotAllowed) as refused:
            services.accept(user_id=make_person().pk, token=token, at=now)
        words.append(refused.value.reason)
    assert words[0] == words[1]


def test_an_invitation_dies_with_the_rights_of_who_made_it(now):
    shop, second_owner = make_shop(), make_person()
    member = make_member(shop=shop, user=second_owner, role="owner")
    _invitation, token = invite(shop, now, by_id=second_owner.pk)
    services.remove_member(member_id=member.pk, by_id=shop.owner_id, at=now)
    with pytest.raises(NotAllowed):
        services.accept(user_id=second_owner.pk, token=token, at=now)


def test_nobody_invites_without_end(now):
    shop, person = make_shop(), make_user()
    for _ in range(rules.INVITATIONS_A_DAY_MAX):
        invitation, _token = invite(shop, now, contact=person.email)
        services.withdraw(invitation_id=invitation.pk, by_id=shop.owner_id, at=now)
    with pytest.raises(WrongState):
        invite(shop, now, contact=person.email)
    invite(shop, now + timedelta(days=1), contact=person.email)


def test_an_invitation_lasts_a_week(now):
    invitation, token = invite(make_shop(), now)
    late = now + timedelta(days=rules.INVITATION_DAYS)
    with pytest.raises(NotAllowed):
        services.accept(user_id=make_person().pk, token=token, at=late)
    assert not queries.open_invitations(shop_id=invitation.shop_id, at=late).exists()
    soon = late - timedelta(seconds=1)
    services.accept(user_id=make_person().pk, token=token, at=soon)


def test_a_withdrawn_invitation_opens_nothing(now):
    shop = make_shop()
    invitation, token = invite(shop, now)
    with pytest.raises(NotAllowed):
        services.withdraw(invitation_id=invitation.pk, by_id=make_person().pk, at=now)
    for _twice in range(2):
        services.withdraw(invitation_id=invitation.pk, by_id=shop.owner_id, at=now)
    with pytest.raises(NotAllowed):
        services.accept(user_id=make_person().pk, token=token, at=now)
    assert LogEntry.objects.filter(action="invitation.withdrawn").count() == 1

    accepted, token = invite(shop, now)
    services.accept(user_id=make_person().pk, token=token, at=now)
    with pytest.raises(WrongState):
        services.withdraw(invitation_id=accepted.pk, by_id=shop.owner_id, at=now)


def test_whoever_works_there_cannot_join_again_and_no_link_makes_an_owner(now):
    shop = make_shop()
    _invitation, token = invite(shop, now)
    with pytest.raises(WrongState):
        services.accept(user_id=shop.owner_id, token=token, at=now)
    with pytest.raises(BadInput):
        invite(shop, now, role="owner")
    with pytest.raises(NotAllowed):
        services.accept(user_id=make_person().pk, token="guess", at=now)


def test_a_shop_has_few_open_invitations(now):
    shop = make_shop()
    for _number in range(rules.INVITATIONS_OPEN_MAX):
        invite(shop, now)
    with pytest.raises(WrongState):
        invite(shop, now)
    invite(shop, now + timedelta(days=rules.INVITATION_DAYS))


@pytest.mark.parametrize("role", ["packer", "bookkeeper"])
def test_only_owners_decide_who_works_there(now, role):
    shop = make_shop()
    helper, other = make_member(shop=shop, role=role), make_member(shop=shop)
    with pytest.raises(NotAllowed):
        invite(shop, now, by_id=helper.user_id)
    with pytest.raises(NotAllowed):
        services.change_role(member_id=helper.pk, role="owner", by_id=helper.user_id, at=now)
    with pytest.raises(NotAllowed):
        services.remove_member(member_id=other.pk, by_id=helper.user_id, at=now)
    with pytest.raises(NotAllowed):
        services.change_role(member_id=helper.pk, role="owner", by_id=make_shop().owner_id, at=now)


def test_a_new_role_and_a_removal_hold_at_once_and_are_told(now):
    shop = make_shop()
    helper = make_member(shop=shop)
    for _twice in range(2):
        services.change_role(member_id=helper.pk, role="bookkeeper", by_id=shop.owner_id, at=now)
    assert queries.acts_of(user_id=helper.user_id, shop_id=shop.pk) == rules.MAY["bookkeeper"]
    for _twice in range(2):
        services.remove_member(member_id=helper.pk, by_id=shop.owner_id, at=now)
    assert queries.acts_of(user_id=helper.user_id, shop_id=shop.pk) == frozenset()
    told = Message.objects.filter(user=helper.user_id).order_by("pk")
    assert [one.kind for one in told] == ["member.role_changed", "member.removed"]
    actions = LogEntry.objects.filter(subject=shop.ref).values_list("action", flat=True)
    assert list(actions) == ["member.role_changed", "member.removed"]


def test_a_helper_may_leave(now):
    helper = make_member()
    services.remove_member(member_id=helper.pk, by_id=helper.user_id, at=now)
    assert not ShopMember.objects.filter(pk=helper.pk).exists()


def test_whoever_answers_for_the_shop_stays_its_owner(now):
    shop = make_shop()
    second = make_member(shop=shop, role=MemberRole.OWNER)
    first = shop.members.get(user=shop.owner)
    for by_id in (second.user_id, shop.owner_id):
        with pytest.raises(WrongState):
            services.remove_member(member_id=first.pk, by_id=by_id, at=now)
        with pytest.raises(WrongState):
            services.change_role(member_id=first.pk, role="packer", by_id=by_id, at=now)
    services.remove_member(member_id=second.pk, by_id=shop.owner_id, at=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "owner"},
        {"state": "lost"},
        {"state": "accepted"},
        {"accepted_by_id": 1},
    ],
)
def test_the_database_refuses_an_impossible_invitation(now, wrong):
    invitation, _token = invite(make_shop(), now)
    with pytest.raises(IntegrityError), transaction.atomic():
        ShopInvitation.objects.filter(pk=invitation.pk).update(**wrong)


def test_the_table_of_acts_knows_every_role_and_leaves_some_to_owners():
    assert set(rules.MAY) == set(MemberRole.values)
    assert rules.MAY["owner"] == frozenset(Act)
    for act in (Act.MANAGE_MEMBERS, Act.CANCEL_ORDERS, Act.EDIT_LISTINGS, Act.APPEAL):
        assert rules.roles_that_may(act) == {"owner"}
    assert Act.SEE_MONEY not in rules.MAY["packer"]
    assert not rules.MAY["bookkeeper"] & {Act.SHIP, Act.SEE_DELIVERY, Act.COUNT_STOCK}
