import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from marketplace.accounts import queries, second_factor
from marketplace.accounts.models import Role, UserRole
from tests.factories.accounts import make_staff, make_user

pytestmark = pytest.mark.django_db


def test_home_shows_each_role_its_doors(client):
    user = make_user(display_name="Ama", phone="+250788123456")
    client.force_login(user)
    page = client.get(reverse("accounts:me")).content.decode()

    assert reverse("inbox:list") in page
    assert reverse("admin:index") not in page
    assert "788123456" not in page


def test_staff_find_their_desk(client):
    client.force_login(make_staff())
    assert reverse("admin:index") in client.get(reverse("accounts:me")).content.decode()


def test_home_asks_visitors_to_sign_in(client):
    answer = client.get(reverse("accounts:me"))
    assert answer.url.startswith(reverse("account_login"))
    assert not queries.has_role(AnonymousUser(), Role.BUYER)


def test_profile_and_address_are_saved_through_the_pages(client):
    user = make_user()
    client.force_login(user)
    profile = {"display_name": "Ama", "country": "GH", "language": "en"}
    assert client.post(reverse("accounts:profile"), profile).status_code == 302
    address = {"recipient": "Ama", "lines": "1 High St", "country": "GH"}
    assert client.post(reverse("accounts:add_address"), address).status_code == 302

    user.refresh_from_db()
    assert (user.display_name, user.country) == ("Ama", "GH")
    stored = queries.addresses_of(user.pk).get()
    client.post(reverse("accounts:delete_address", args=[stored.pk]))
    assert not queries.addresses_of(user.pk).exists()


def demo_person():
    return make_user(email="ama@demo.example", display_name="Ama")


def demo_staff():
    return make_staff(email="boss@demo.example", display_name="Boss")


def test_a_demo_log_in_as_staff_counts_as_the_second_factor(client, settings):
    settings.DEMO = True
    person = demo_staff()
    assert (
        second_factor.secret_of(user_id=person.pk)
        in client.get(reverse("accounts:demo")).content.decode()
    )

    client.post(reverse("accounts:demo"), {"user": person.pk})
    assert client.get(reverse("admin:index")).status_code == 200


def test_demo_log_in_works_in_a_demo_on_this_machine(client, settings):
    settings.DEMO = True
    person = demo_person()
    page = client.get(reverse("accounts:demo"))
    assert "Ama" in page.content.decode()

    client.post(reverse("accounts:demo"), {"user": person.pk})
    assert client.get(reverse("accounts:me")).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("demo", "environ"),
    [
        (False, {"REMOTE_ADDR": "127.0.0.1"}),
        (True, {"REMOTE_ADDR": "203.0.113.9"}),
        (True, {"REMOTE_ADDR": ""}),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"}),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "203.0.113.9"}),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}),
    ],
)
def test_demo_log_in_does_not_exist_elsewhere(client, settings, method, demo, environ):
    settings.DEMO = demo
    person = demo_person()
    answer = getattr(client, method)(reverse("accounts:demo"), {"user": person.pk}, **environ)

    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


def test_demo_log_in_opens_no_real_account(client, settings):
    settings.DEMO = True
    user = make_user(email="ama@example.org")
    assert client.post(reverse("accounts:demo"), {"user": user.pk}).status_code == 404


def test_staff_find_people_but_see_no_contact_data(client):
    user = make_user(email="kofi.long.name@example.org", phone="+250788123456")
    client.force_login(make_staff())
    found = client.get(reverse("admin:accounts_user_changelist"), {"q": "+250 788 123 456"})
    assert f"/accounts/user/{user.pk}/" in found.content.decode()

    page = client.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    assert "kofi.long.name" not in page
    assert "788123456" not in page.replace("q=", "")


def inline(user, **fields):
    return {
        "roles-TOTAL_FORMS": "1",
        "roles-INITIAL_FORMS": "0",
        "roles-0-user": user.pk,
        **{f"roles-0-{name}": value for name, value in fields.items()},
    }


def test_staff_grant_roles_in_the_admin_through_the_service(client):
    staff, user = make_staff(), make_user()
    client.force_login(staff)
    address = reverse("admin:accounts_user_change", args=[user.pk])
    assert client.post(address, inline(user, role=Role.INSPECTOR)).status_code == 302
    granted = UserRole.objects.get(user=user, role=Role.INSPECTOR)
    assert granted.granted_by == staff

    refused = client.post(address, inline(user, role=Role.RISK_OFFICER), follow=True)
    assert "may not give" in refused.content.decode()
    assert not UserRole.objects.filter(user=user, role=Role.RISK_OFFICER).exists()


def test_staff_see_our_tables_but_not_djangos_and_delete_nothing():
    staff = make_staff()
    assert staff.has_perm("cases.change_case")
    assert not staff.has_perm("cases.delete_case")
    assert not staff.has_perm("auth.view_group")
    assert not make_user().has_perm("cases.view_case")


def test_a_member_of_staff_whose_account_is_closed_may_nothing():
    staff = make_staff()
    staff.is_active = False
    assert not staff.has_perm("cases.view_case")
