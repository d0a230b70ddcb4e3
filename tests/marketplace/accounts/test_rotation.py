import json
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from marketplace.accounts import identity, queries, rotation, sealing, services
from marketplace.accounts.models import Session, TraderIdentity, User
from marketplace.errors import BadInput
from marketplace.orders.models import OrderGroup
from tests.factories.accounts import PASSWORD, code_of, make_staff, make_user
from tests.factories.identity import facts
from tests.factories.orders import ADDRESS, make_group
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

PHONE = "+250788123456"
NEW = {"SEALING_KEY": "a-new-sealing-key-1", "PEPPER": "a-new-pepper-of-ours"}


def turn(settings):
    """Make the present keys the old ones."""
    settings.SEALING_KEY_OLD, settings.PEPPER_OLD = settings.SEALING_KEY, settings.PEPPER
    settings.SEALING_KEY, settings.PEPPER = NEW["SEALING_KEY"], NEW["PEPPER"]


def drop_old(settings):
    settings.SEALING_KEY_OLD = settings.PEPPER_OLD = ""


def rotate(*options):
    out, err = StringIO(), StringIO()
    call_command("rotate_keys", *options, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def values_with(*marks):
    """Return (table, column) of every value in the database that contains one of `marks`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = []
        for table, column in cursor.fetchall():
            any_of = " OR ".join([f'"{column}"::text LIKE %s'] * len(marks))
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE {any_of}', [f"%{m}%" for m in marks]
            )
            found += [(table, column)] * bool(cursor.fetchone()[0])
    return found


@pytest.fixture
def world(client, now):
    """People and everything that is sealed or hashed about them."""
    users = [
        make_user(email=f"p{n}@example.org", phone=f"+25078812345{n}", display_name=f"P{n}")
        for n in range(7)
    ]
    first = users[0]
    for user in users:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    services.add_address(user_id=first.pk, recipient="Ama", lines="1 High", country="GH", at=now)
    make_group(buyer=first)
    make_shop(owner=users[1], payout_account_sealed="IBAN 7")
    identity.submit_identity(user_id=users[1].pk, facts=facts(), certified=True, at=now)
    client.post(reverse("account_request_login_code"), {"phone": PHONE[:-1] + "0"})
    return users


def test_rotation_leaves_no_old_value_and_everything_reads_with_the_old_keys_gone(
    world, settings, client, now
):
    old = (sealing.current_key_id(), sealing.current_pepper_id())
    holders = values_with(*old)
    assert ("accounts_user", "email") in holders
    assert ("accounts_user", "phone_hash") in holders
    assert ("orders_ordergroup", "address_sealed") in holders
    assert ("accounts_traderidentity", "document_hash") in holders
    before = TraderIdentity.objects.get()
    staff = make_staff()
    code = code_of(staff, at=now)
    assert ("mfa_authenticator", "data") in values_with(*old)
    turn(settings)

    assert "No value stands under an old key" in rotate()

    assert values_with(*old) == []
    drop_old(settings)
    rotate("--check")
    assert queries.by_phone("+250788123453") == world[3]
    assert User.objects.get(email="P3@example.org").phone_sealed == "+250788123453"
    assert identity.facts_of(TraderIdentity.objects.get()) == identity.facts_of(before)
    assert OrderGroup.objects.get().address_sealed == ADDRESS["address"]
    assert code_of(staff, at=now) == code
    User.objects.update(phone_verified_at=now)
    for login in ("p0@example.org", "P2@example.org", "+250788123451"):
        client.logout()
        client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
        assert client.session["_auth_user_id"]


def test_while_it_runs_old_and_new_rows_are_found_and_guarded(world, settings, now):
    turn(settings)
    [table] = [t for t in rotation.tables() if t.name == "accounts_user"]
    next(rotation.batches(table, rows=3))  # stopped after one batch

    assert rotation.count_old(table)["phone_sealed"] == rotation.count_old(table)["phone_hash"] == 4
    for n, user in enumerate(world):
        assert User.objects.get(email=f"p{n}@example.org") == user
        assert queries.by_phone(f"+25078812345{n}") == user
        with pytest.raises(BadInput, match="already has an account"):
            services.create_user(email=f"P{n}@example.org", password="x", at=now)
        with pytest.raises(BadInput, match="already has an account"):
            services.create_user(phone=f"+25078812345{n}", password="x", at=now)
    found = User.objects.filter(email__in=["p0@example.org", "p6@example.org"]).order_by("pk")
    assert list(found) == [world[0], world[6]]

    rotate()  # goes on where it was
    rotate("--check")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="p6@example.org")


def test_the_check_fails_and_says_where_while_anything_is_old(world, settings):
    rotate("--check")
    turn(settings)
    out = StringIO()
    with pytest.raises(CommandError, match="stand under an old key"):
        call_command("rotate_keys", "--check", stdout=out)
    assert "accounts_user.email: " in out.getvalue()
    assert "orders_ordergroup.address_sealed: 1" in out.getvalue()


def test_what_no_key_opens_is_named_and_left_alone(world, settings):
    turn(settings)
    drop_old(settings)
    err = StringIO()
    with pytest.raises(CommandError, match="stand under an old key"):
        call_command("rotate_keys", stdout=StringIO(), stderr=err)
    assert f"accounts_user {world[0].pk}: no sealing key" in err.getvalue()


def test_a_row_that_changed_meanwhile_keeps_its_change(world, settings, now, monkeypatch):
    turn(settings)
    [table] = [t for t in rotation.tables() if t.name == "accounts_user"]
    store = rotation._store

    def change_first(*args):
        User.objects.filter(pk=world[0].pk).update(email="new@example.org")
        return store(*args)

    monkeypatch.setattr(rotation, "_store", change_first)
    next(rotation.batches(table, rows=1))
    monkeypatch.undo()

    rotate()
    world[0].refresh_from_db()
    assert world[0].email == "new@example.org"


def test_two_rows_with_one_address_are_named_and_the_others_renewed(world, settings):
    """Two web processes with different current keys could have let this happen."""
    turn(settings)
    twin = make_user(email="twin@example.org")  # under the new key
    field = User._meta.get_field("email")
    settings.SEALING_KEY, settings.SEALING_KEY_OLD = settings.SEALING_KEY_OLD, NEW["SEALING_KEY"]
    of_old = field.closed("twin@example.org")
    settings.SEALING_KEY, settings.SEALING_KEY_OLD = NEW["SEALING_KEY"], settings.SEALING_KEY
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = %s WHERE id = %s", [of_old, world[0].pk])
    err = StringIO()
    with pytest.raises(CommandError, match="stand under an old key"):
        call_command("rotate_keys", stdout=StringIO(), stderr=err)
    assert "another row has the same value" in err.getvalue()
    assert User.objects.get(email="p5@example.org") == world[5]
    assert twin.email == "twin@example.org"


def test_what_is_sealed_inside_json_and_sessions_is_renewed_too(world, settings, client):
    sealed = json.dumps({"secret": sealing.seal("JBSWY3DP"), "n": 1})
    renewed = sealing.SEALED.sub(lambda found: sealing.reseal(found[0]), sealed)
    assert sealing.unseal(json.loads(renewed)["secret"]) == "JBSWY3DP"

    row = Session.objects.create(
        session_key="x", session_data=sealing.seal('{"a": 1}'), expire_date="2030-01-01T00:00Z"
    )
    turn(settings)
    rotate()
    drop_old(settings)
    row.refresh_from_db()
    assert sealing.unseal(row.session_data) == '{"a": 1}'
