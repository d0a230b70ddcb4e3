import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_throttles():
    """The log-in throttles live in the process's cache; one test must not slow the next."""
    cache.clear()
    yield
    cache.clear()
