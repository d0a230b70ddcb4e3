import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, connection, transaction

from marketplace.accounts import queries, services
from marketplace.accounts.models import Role, User, UserRole
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_staff, make_user

pytestmark = pytest.mark.django_db

PHONE = "+250788123456"


def raw(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_everyone_who_joins_is_a_buyer_and_it_is_recorded(now):
    user = services.create_user(email="Ama@Example.org", password="x", at=now)

    assert user.email == "ama@example.org"
    assert queries.has_role(user, Role.BUYER)
    assert list(LogEntry.objects.values_list("action", flat=True)) == [
        "user.created",
        "role.granted",
    ]


def test_nobody_joins_without_a_way_to_be_reached(now):
    with pytest.raises(BadInput, match="phone number or an e-mail"):
        services.create_user(password="x", at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(password="x")


def test_a_phone_is_stored_sealed_and_found_by_its_hash(now):
    user = services.create_user(phone="+250 788 123 456", password="x", at=now)
    [row] = raw("SELECT * FROM accounts_user WHERE id = %s", user.pk)

    assert not any("788123456" in str(column) for column in row)
    assert User.objects.get(pk=user.pk).phone_sealed == PHONE
    assert queries.by_phone("00250 788 123456") == user
    assert queries.masked_phone(user).endswith("•56")


def test_an_address_is_stored_sealed(now):
    user = make_user()
    services.add_address(
        user_id=user.pk, recipient="Ama Mensah", lines="1 High St\nAccra", country="GH", at=now
    )
    [row] = raw("SELECT * FROM accounts_address WHERE user_id = %s", user.pk)

    assert not any("Mensah" in str(column) or "High" in str(column) for column in row)
    assert queries.addresses_of(user.pk).get().recipient_sealed == "Ama Mensah"


def test_an_address_needs_a_known_country(now):
    user = make_user()
    with pytest.raises(BadInput, match="country"):
        services.add_address(user_id=user.pk, recipient="A", lines="B", country="XX", at=now)


def test_nobody_deletes_the_address_of_somebody_else(now):
    owner, other = make_user(), make_user()
    address = services.add_address(user_id=owner.pk, recipient="A", lines="B", country="GH", at=now)
    services.delete_address(user_id=other.pk, address_id=address.pk, at=now)
    assert queries.addresses_of(owner.pk).count() == 1

    services.delete_address(user_id=owner.pk, address_id=address.pk, at=now)
    assert queries.addresses_of(owner.pk).count() == 0


@pytest.mark.parametrize("taken", [{"email": "AMA@example.org"}, {"phone": "00250788123456"}])
def test_an_address_or_number_has_one_account(now, taken):
    make_user(email="ama@example.org", phone=PHONE)
    with pytest.raises(BadInput, match="already has an account"):
        services.create_user(password="x", at=now, **taken)


def test_the_database_refuses_a_second_account_for_an_address():
    make_user(email="ama@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ama@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="AMA@example.org")


def test_granting_a_role_twice_grants_it_once(now):
    user = make_user()
    services.grant_role(user_id=user.pk, role=Role.STAFF, by_id=None, at=now)
    services.grant_role(user_id=user.pk, role=Role.STAFF, by_id=None, at=now)
    user.refresh_from_db()

    assert user.is_staff
    assert UserRole.objects.filter(user=user, role=Role.STAFF).count() == 1

    services.revoke_role(user_id=user.pk, role=Role.STAFF, by_id=None, at=now)
    user.refresh_from_db()
    assert not user.is_staff


def test_staff_give_working_roles_but_make_no_staff(now):
    staff, user = make_staff(), make_user()
    services.grant_role(user_id=user.pk, role=Role.INSPECTOR, by_id=staff.pk, at=now)
    with pytest.raises(NotAllowed):
        services.grant_role(user_id=user.pk, role=Role.STAFF, by_id=staff.pk, at=now)
    with pytest.raises(NotAllowed):
        services.grant_role(user_id=staff.pk, role=Role.SELLER, by_id=user.pk, at=now)


def test_the_database_knows_the_roles(now):
    user = make_user()
    with pytest.raises(BadInput):
        services.grant_role(user_id=user.pk, role="emperor", by_id=None, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        UserRole.objects.create(user=user, role="emperor", granted_at=now)


def test_a_closed_account_has_no_role_and_opens_again(now):
    staff, user = make_staff(), make_user()
    services.set_active(user_id=user.pk, active=False, by_id=staff.pk, at=now)
    user.refresh_from_db()
    assert not queries.has_role(user, Role.BUYER)

    services.set_active(user_id=user.pk, active=True, by_id=staff.pk, at=now)
    with pytest.raises(NotAllowed):
        services.set_active(user_id=staff.pk, active=False, by_id=staff.pk, at=now)


def test_passwords_are_hashed_with_argon2_outside_tests(settings, now):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = services.create_user(email="ama@example.org", password="x", at=now)
    assert identify_hasher(user.password).algorithm == "argon2"
