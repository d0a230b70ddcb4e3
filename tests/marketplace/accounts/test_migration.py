import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ewtp import grants
from marketplace.accounts import queries, rotation
from marketplace.accounts.models import User
from tests.dumps import found_in, pg_dump, unpacked

BEFORE = [
    ("accounts", "0002_sessions_devices_throttles_terms"),
    ("account", "0009_emailaddress_unique_primary_email"),
]
PHONE = "+250788123456"


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


@pytest.fixture
def before_sealing(transactional_db):
    """The schema as it was, and the present one again afterwards."""
    migrate(BEFORE)
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    grants.apply()


def test_addresses_that_were_stored_plain_are_sealed_and_found(before_sealing):
    old = MigrationExecutor(connection).loader.project_state(BEFORE).apps
    user = old.get_model("accounts", "User").objects.create(
        email="ama@example.org", phone_sealed=PHONE, phone_hash="0" * 64
    )
    old.get_model("account", "EmailAddress").objects.create(
        user_id=user.pk, email="ama@example.org", verified=True
    )
    assert found_in(unpacked(pg_dump()), ["ama@example.org"])

    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())

    assert not found_in(unpacked(pg_dump()), ["ama@example.org", "788123456"])
    found = User.objects.get(email="Ama@example.org")
    assert queries.by_phone(PHONE) == found
    assert found.emailaddress_set.get().email == "ama@example.org"
    assert not any(rotation.count_old_rows(table) for table in rotation.tables())
