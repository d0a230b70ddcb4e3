import base64
import hashlib
import os
import re

import pytest
from allauth.account.models import EmailAddress
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib import admin
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from marketplace.accounts import sealing
from marketplace.accounts.columns import SealedEmailField
from marketplace.accounts.models import Address, User
from tests.factories.accounts import make_staff, make_user

pytestmark = pytest.mark.django_db


def stored(table, column, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def test_a_text_seals_differently_each_time_and_opens_again():
    first, second = sealing.seal("Ama"), sealing.seal("Ama")

    assert first != second
    assert sealing.unseal(first) == sealing.unseal(second) == "Ama"
    assert (sealing.seal(""), sealing.unseal("")) == ("", "")


def test_a_sealed_value_opens_in_its_own_column_alone():
    sealed = sealing.seal("Ama", bound_to="accounts_address.recipient_sealed")
    with pytest.raises(InvalidTag):
        sealing.unseal(sealed, bound_to="accounts_address.lines_sealed")

    findable = sealing.seal_findable("ama@example.org", bound_to="accounts_user.email")
    with pytest.raises(InvalidTag):
        sealing.unseal_findable(findable, bound_to="account_emailaddress.email")


def test_a_value_copied_into_another_column_of_the_database_does_not_open():
    user = make_user()
    row = Address.objects.create(
        user=user, recipient_sealed="Ama", lines_sealed="1 High St", country="GH",
        created_at=user.date_joined,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_address SET recipient_sealed = lines_sealed")
    with pytest.raises(InvalidTag):
        row.refresh_from_db()


def test_an_altered_value_does_not_open():
    sealed = sealing.seal("Ama")
    key_id, body = sealed.split(":")
    raw = bytearray(base64.b64decode(body))
    raw[-1] ^= 1
    with pytest.raises(InvalidTag):
        sealing.unseal(f"{key_id}:{base64.b64encode(raw).decode()}")


def test_values_from_before_keys_had_names_still_open(settings):
    key = hashlib.sha256(b"ewtp-seal" + settings.SEALING_KEY.encode()).digest()
    nonce = os.urandom(12)
    old = base64.b64encode(nonce + AESGCM(key).encrypt(nonce, b"Ama", None)).decode()

    assert sealing.unseal(old, bound_to="any.column") == "Ama"
    settings.SEALING_KEY, settings.SEALING_KEY_OLD = "another-sealing-key", settings.SEALING_KEY
    assert sealing.unseal(old) == "Ama"
    settings.SEALING_KEY_OLD = ""
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(old)


def test_a_key_that_is_not_on_the_ring_is_named_in_words(settings):
    sealed = sealing.seal("Ama")
    settings.SEALING_KEY = "another-sealing-key"
    with pytest.raises(sealing.KeyMissing, match="EWTP_SEALING_KEY_OLD"):
        sealing.unseal(sealed)


def test_keyed_hashes_differ_by_purpose_and_pepper(settings):
    hashed = sealing.keyed_hash("1", purpose="a")
    assert hashed != sealing.keyed_hash("1", purpose="b")
    assert hashed == sealing.keyed_hash("1", purpose="a")
    settings.PEPPER = "another-pepper-of-ours"
    assert hashed != sealing.keyed_hash("1", purpose="a")
    assert len(hashed) <= 64


def test_an_email_address_is_sealed_in_both_tables_and_found_whatever_its_case():
    user = make_user(email="Ama@Example.org")
    address = EmailAddress.objects.create(user=user, email="Ama@Example.org", primary=True)

    for table, pk in (("accounts_user", user.pk), ("account_emailaddress", address.pk)):
        assert stored(table, "email", pk).startswith(sealing.current_key_id() + ":")
    assert stored("accounts_user", "email", user.pk) != stored(
        "account_emailaddress", "email", address.pk
    )
    for found in (
        User.objects.filter(email="AMA@example.org "),
        User.objects.filter(email__iexact="ama@EXAMPLE.org"),
        User.objects.filter(email__in=["nobody@example.org", "Ama@example.org"]),
        User.objects.filter(emailaddress__email="ama@example.org"),
        User.objects.exclude(email="other@example.org"),
    ):
        assert found.get() == user
    assert User.objects.get_by_natural_key("AMA@example.org") == user
    assert User.objects.values_list("email", flat=True).get() == "ama@example.org"
    assert EmailAddress.objects.get().email == "ama@example.org"
    assert not User.objects.filter(email__in=[]).exists()


@pytest.mark.parametrize("lookup", ["contains", "endswith", "icontains", "gt", "regex"])
def test_parts_of_an_address_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        User.objects.filter(**{f"email__{lookup}": "example.org"})


def test_the_database_refuses_a_plain_address():
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email)
    for table in ("accounts_user", "account_emailaddress"):
        for plain in ("ama@example.org", "", "k12345678:"):
            with (
                pytest.raises(IntegrityError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE {table} SET email = %s", [plain])


def test_a_verified_address_belongs_to_one_person():
    first, second = make_user(), make_user()
    EmailAddress.objects.create(user=first, email="ama@example.org", verified=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.create(user=second, email="AMA@example.org", verified=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.create(user=first, email="ama@example.org")


def test_allauth_s_own_questions_find_sealed_addresses():
    user = make_user(email="ama@example.org")
    address, made = EmailAddress.objects.get_or_create(user=user, email="ama@example.org")
    again, made_again = EmailAddress.objects.get_or_create(user=user, email="ama@example.org")
    assert (made, made_again, again) == (True, False, address)
    assert EmailAddress.objects.get_for_user(user, "AMA@example.org") == address
    assert address.set_verified()
    assert EmailAddress.objects.is_verified("Ama@example.org")
    assert EmailAddress.objects.get_users_for("Ama@example.org") == [user]
    assert list(EmailAddress.objects.lookup(["AMA@example.org"])) == [address]
    assert isinstance(EmailAddress._meta.get_field("email"), SealedEmailField)


def test_a_changed_phone_changes_its_hash_whichever_code_saves_it():
    user = make_user(phone="+250788123456", email="ama@example.org")
    user.phone_sealed = "+250788654321"
    user.save()

    assert User.objects.get(phone_hash__of="+250788654321") == user
    user.phone_sealed = ""
    user.save()
    assert User.objects.get(pk=user.pk).phone_hash is None


def test_desks_show_masked_addresses_and_find_whole_ones(client):
    boss = make_staff()
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    user = make_user(email="kofi.mensah@example.org")
    address = EmailAddress.objects.create(user=user, email="kofi.mensah@example.org")
    boss.refresh_from_db()
    desks = [
        (f"{reverse('admin:accounts_user_changelist')}?q=KOFI.mensah@example.org", True),
        (f"{reverse('admin:account_emailaddress_changelist')}?q=kofi.mensah@example.org", True),
        (f"{reverse('admin:account_emailaddress_changelist')}?q=mensah", False),
        (reverse("admin:account_emailaddress_change", args=[address.pk]), True),
        (reverse("admin:accounts_user_change", args=[user.pk]), True),
    ]
    client.force_login(boss)
    for desk, found in desks:
        answer = client.get(desk)
        page = answer.content.decode()
        assert answer.status_code == 200, answer
        asked = re.sub(r'(href|value)="[^"]*"', "", page)  # what was typed may come back
        assert "kofi.mensah" not in asked
        assert ("k•••@example.org" in page) is found
    assert str(address) == "k•••@example.org"
    assert EmailAddress in admin.site._registry
