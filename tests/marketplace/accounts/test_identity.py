import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from marketplace.accounts import identity, queries
from marketplace.accounts.identity import Facts
from marketplace.accounts.models import AccessReason, IdentityState, TraderIdentity
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox.models import Event, LogEntry
from tests.factories.accounts import make_staff, make_user
from tests.factories.identity import facts, make_identity

pytestmark = pytest.mark.django_db

SECRETS = ["Mensah", "Castle", "241234567", "office@", "CS123456", "C0001234567", "GH1234567890"]


def verify(row, by, at):
    return identity.verify_identity(identity_id=row.pk, version=row.version, by_id=by.pk, at=at)


def refuse(row, by, at, reason="The document cannot be read."):
    return identity.refuse_identity(
        identity_id=row.pk, version=row.version, by_id=by.pk, reason=reason, at=at
    )


def test_an_identity_is_stored_sealed_and_read_back_whole(now):
    row = make_identity(at=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_traderidentity t")
        raw = cursor.fetchone()[0]

    assert not [secret for secret in SECRETS if secret.lower() in raw.lower()]
    read = identity.facts_of(TraderIdentity.objects.get(pk=row.pk))
    assert read.email == "office@mensah.example.org"
    assert (read.phone, read.document_number) == ("+233241234567", "G1234567")
    assert (row.certified_at, row.certified_version != "") == (now, True)
    trail = f"{list(LogEntry.objects.values())}{list(Event.objects.values())}"
    assert not [secret for secret in SECRETS if secret in trail]


def test_equal_numbers_hash_alike_only_where_they_mean_the_same(now):
    first = make_identity(at=now)
    same = make_identity(at=now, document_number="G-1234567", payment_account="gh12345678901234")
    other = make_identity(at=now, country="TG", vat_number="", register_number="")

    assert first.document_hash == same.document_hash
    assert first.payment_hash == same.payment_hash == other.payment_hash
    assert first.document_hash != other.document_hash  # another country's document
    assert (other.vat_hash, other.register_hash) == (None, None)
    found = TraderIdentity.objects.filter(document_hash__of=["GH", "passport", "G1234567"])
    assert set(found) == {first, same}
    user = make_user(phone=facts().phone)
    assert first.phone_hash == user.phone_hash


def test_a_draft_needs_nothing_and_can_be_sent_later(now):
    user = make_user()
    identity.save_identity(user_id=user.pk, facts=Facts(legal_name="Ama"), at=now)
    kept = queries.identity_of(user.pk)
    assert (kept.state, kept.legal_name_sealed) == (IdentityState.DRAFT, "Ama")

    with pytest.raises(BadInput) as missing:
        identity.submit_identity(
            user_id=user.pk, facts=Facts(legal_name="Ama"), certified=True, at=now
        )
    assert missing.value.field == "country"
    sent = identity.submit_identity(user_id=user.pk, facts=facts(), certified=True, at=now)
    again = identity.submit_identity(user_id=user.pk, facts=facts(), certified=True, at=now)
    assert sent.state == IdentityState.SUBMITTED
    assert Event.objects.filter(name="identity.submitted").count() == 1
    assert again.pk == sent.pk


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"phone": "123"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"document_kind": "napkin"}, "document_kind"),
        ({"document_number": "1"}, "document_number"),
        ({"payment_account": "1" * 35}, "payment_account"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(wrong, field, now):
    with pytest.raises(BadInput) as refused:
        make_identity(at=now, **wrong)
    assert refused.value.field == field
    assert not TraderIdentity.objects.exists()


def test_nothing_is_sent_without_the_trader_s_own_word(now):
    with pytest.raises(BadInput) as refused:
        identity.submit_identity(user_id=make_user().pk, facts=facts(), certified=False, at=now)
    assert refused.value.field == "certified"


def test_staff_verify_and_a_change_asks_for_a_new_decision(now):
    row, staff = make_identity(at=now), make_staff()
    verify(row, staff, now)
    verify(row, staff, now)
    assert queries.is_verified_trader(row.user_id)
    assert Event.objects.filter(name="identity.verified").count() == 1

    with pytest.raises(WrongState):
        identity.save_identity(user_id=row.user_id, facts=facts(street="2 Way"), at=now)
    identity.submit_identity(
        user_id=row.user_id, facts=facts(street="2 Way"), certified=True, at=now
    )
    assert not queries.is_verified_trader(row.user_id)
    with pytest.raises(WrongState, match="meanwhile"):
        verify(row, staff, now)


def test_a_refusal_needs_a_reason_and_can_be_mended(now):
    row, staff = make_identity(at=now), make_staff()
    with pytest.raises(BadInput):
        refuse(row, staff, now, reason=" ")
    refused = refuse(row, staff, now)
    assert refused.reason_sealed == "The document cannot be read."
    with pytest.raises(WrongState):
        verify(row, staff, now)

    mended = identity.submit_identity(
        user_id=row.user_id, facts=facts(document_number="G7654321"), certified=True, at=now
    )
    assert (mended.state, mended.reason_sealed) == (IdentityState.SUBMITTED, "")
    assert verify(mended, staff, now).state == IdentityState.VERIFIED


def test_nobody_decides_about_himself_and_only_staff_decide(now):
    staff = make_staff()
    own, other = make_identity(at=now, user=staff), make_identity(at=now)
    for row, by in ((own, staff), (other, make_user())):
        with pytest.raises(NotAllowed):
            verify(row, by, now)
        with pytest.raises(NotAllowed):
            refuse(row, by, now)
        with pytest.raises(NotAllowed):
            identity.show_identity(
                identity_id=row.pk, by_id=by.pk, reason=AccessReason.DISPUTE, at=now
            )


def test_whoever_looks_leaves_a_trace(now):
    row, staff = make_identity(at=now), make_staff()
    with pytest.raises(BadInput):
        identity.show_identity(identity_id=row.pk, by_id=staff.pk, reason="curious", at=now)
    _row, shown = identity.show_identity(
        identity_id=row.pk, by_id=staff.pk, reason=AccessReason.DISPUTE, at=now
    )
    assert shown.document_number == "G1234567"
    trace = LogEntry.objects.get(action="identity.shown")
    assert (trace.actor, trace.subject) == (staff.ref, row.ref)
    assert trace.data == {"reason": "dispute", "version": 1}


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": "elsewhere"},
        {"state": "verified"},
        {"state": "refused"},
        {"country": ""},
        {"document_kind": "napkin"},
        {"certified_at": None},
        {"reason_sealed": "because"},
    ],
)
def test_the_database_refuses_an_impossible_identity(impossible, now):
    row = make_identity(at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        TraderIdentity.objects.filter(pk=row.pk).update(**impossible)


def test_the_database_refuses_a_decision_about_oneself(now):
    row = make_identity(at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        TraderIdentity.objects.filter(pk=row.pk).update(
            state="verified", decided_by=row.user_id, decided_at=now
        )


def posted(**other):
    given = vars(facts()) | {"certified": "on"} | other
    return {name: value for name, value in given.items() if value}


def test_a_seller_fills_in_sends_and_sees_it_masked(client):
    user = make_user(role="seller", display_name="Ama")
    client.force_login(user)
    address = reverse("accounts:identity")
    assert address in client.get(reverse("accounts:me")).content.decode()
    assert user.email in client.get(address).content.decode()

    assert client.post(address, posted(keep="1", document_number="")).status_code == 302
    assert "Ama Mensah Trading" in client.get(address).content.decode()
    assert client.post(address, posted()).status_code == 302

    page = client.get(address)
    assert "no-store" in page["Cache-Control"]
    assert "Waiting for verification" in page.content.decode()
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    again = client.get(address + "?change=1").content.decode()
    assert "GH1234567890" not in again
    assert "CS123456" in again


def test_an_error_loses_nothing_of_the_form(client):
    client.force_login(make_user(role="seller"))
    answer = client.post(reverse("accounts:identity"), posted(phone="12", vat_number="DE 99 88"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "country code" in page
    assert "DE 99 88" in page
    assert "GH12 3456 7890 1234" in page
    assert not TraderIdentity.objects.exists()


def test_a_seller_reads_why_it_was_refused(client, now):
    row = make_identity(at=now)
    refuse(row, make_staff(), now)
    client.force_login(row.user)
    page = client.get(reverse("accounts:identity")).content.decode()
    assert "The document cannot be read." in page
    assert "change=1" in page


def test_staff_look_with_a_reason_then_verify_at_the_desk(client, now):
    row, staff = make_identity(at=now), make_staff()
    client.force_login(staff)
    desk = reverse("admin:accounts_traderidentity_change", args=[row.pk])
    masked = client.get(desk).content.decode()
    assert not [secret for secret in SECRETS if secret in masked]
    listed = client.get(reverse("admin:accounts_traderidentity_changelist")).content.decode()
    assert not [secret for secret in SECRETS if secret in listed]

    show = reverse("admin:accounts_traderidentity_show", args=[row.pk])
    assert client.post(show, {}).status_code == 302
    assert not LogEntry.objects.filter(action="identity.shown").exists()
    shown = client.post(show, {"reason": "verification"})
    assert "G1234567" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert LogEntry.objects.filter(action="identity.shown").count() == 1

    verify_at = reverse("admin:accounts_traderidentity_verify", args=[row.pk])
    client.post(verify_at, {"version": row.version})
    assert queries.is_verified_trader(row.user_id)


def test_staff_refuse_at_the_desk_with_a_reason(client, now):
    row = make_identity(at=now)
    client.force_login(make_staff())
    refuse_at = reverse("admin:accounts_traderidentity_refuse", args=[row.pk])
    client.post(refuse_at, {"version": row.version})
    row.refresh_from_db()
    assert row.state == IdentityState.SUBMITTED
    client.post(refuse_at, {"version": row.version, "reason": "Not readable"})
    row.refresh_from_db()
    assert (row.state, row.reason_sealed) == (IdentityState.REFUSED, "Not readable")
