import pytest

from tests.factories.outbox import registered


@pytest.fixture(autouse=True)
def _own_registry():
    with registered():
        yield
