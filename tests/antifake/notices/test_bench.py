"""A small seeded market: every plain copy is flagged by a new right's look at it."""

from datetime import UTC, datetime

import pytest

from bench import notices, photo_market
from marketplace.outbox.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_plain_copy_is_flagged_and_little_else():
    now = datetime.now(UTC)
    files = photo_market.sources(None, 14, seed=notices.SEED)
    photo_market.fill(24, files[1:3], at=now)
    right = notices.holder_with_record(at=now)
    Job.objects.all().delete()
    found = notices.look_for(right, files, references_=1, variants=4, at=now)
    assert found["plain_copies"] == 3
    assert found["plain_missed"] == 0
    assert found["others_flagged"] == 0
    assert found["looks"] >= 3
