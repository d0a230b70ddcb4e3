"""The heads of the chain in their file: printed once, after the block, and no alarm meanwhile."""

import pytest
from django.db import transaction

from antifake.transparency import heads, services
from antifake.transparency.models import Block
from antifake.transparency.queries import seal as chain
from tests.factories.transparency import NOW, findings, make_log_entries, seal_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_sealing_twice_adds_nothing_and_prints_the_head_once():
    make_log_entries(2)
    seal_all()
    before = Block.objects.count(), heads.printed()
    services.seal(at=NOW)
    assert (Block.objects.count(), heads.printed()) == before
    assert heads.printed()[-1] == (chain.newest().number, chain.newest().digest)


def test_a_head_is_printed_only_once_its_block_is_committed():
    make_log_entries(2)
    with transaction.atomic():
        services.seal(at=NOW)
        assert Block.objects.exists()
        transaction.set_rollback(True)
    assert heads.printed() == []


def test_a_head_that_is_about_to_be_printed_is_no_alarm(monkeypatch):
    """The block is committed, the file has nothing yet: a verifier looks just then."""
    seen, print_new = [], heads.print_new

    def look_first():
        seen.append((Block.objects.count(), heads.printed(), findings()))
        print_new()

    monkeypatch.setattr(heads, "print_new", look_first)
    make_log_entries(2)
    seal_all()
    assert seen[0][0] > 0
    assert seen[0][1:] == ([], [])
    assert heads.printed()[-1] == (chain.newest().number, chain.newest().digest)


def test_a_first_block_that_comes_while_a_verifier_reads_is_no_alarm():
    make_log_entries(2)
    before = heads.printed()
    seal_all()
    assert chain.verify(keys=heads.keys(), heads=before).findings == []
