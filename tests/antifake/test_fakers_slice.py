"""A small seeded market of fakes: the bench's own promises, with room, in seconds."""

import random

import numpy as np
import pytest

from bench import fakers, fakers_edits, fakers_report, fakers_words
from bench.fakers_pictures import Shot, deal, render, source

# The one honest kind whose photos are the rights holder's own: it may be held.
MAY_BE_HELD = "second hand, holder's photo"
SIZE = {"genuine": 60, "campaigns": 4, "number": 0}


@pytest.fixture(scope="module")
def chosen():
    return fakers.arguments().parse_args(["--brands", "8", "--references", "3"])


@pytest.fixture(scope="module")
def ours(chosen):
    return fakers_report.figures([fakers.simulate("pipeline", chosen, **SIZE)])


def test_most_fakes_are_gone_before_anybody_buys(ours):
    assert ours["fakes"] >= 12
    assert ours["gone_before_sale"] >= 0.7


def test_honest_sellers_are_left_alone(ours):
    held = {kind: n for kind, (n, _all) in ours["held_by_kind"].items() if n}
    assert set(held) <= {MAY_BE_HELD}
    assert ours["wrong_takedowns_by_machine"] == 0


def test_plain_names_and_hashes_do_worse(chosen, ours):
    names = fakers_report.figures([fakers.simulate("hash and names", chosen, **SIZE)])
    assert names["genuine_withheld"] > 10 * max(0.005, ours["genuine_withheld"])
    hashes = fakers_report.figures([fakers.simulate("hash only", chosen, **SIZE)])
    assert hashes["gone_before_sale"] < ours["gone_before_sale"]


def test_the_same_numbers_make_the_same_market(chosen):
    first, second = (fakers.made(chosen, **SIZE) for _ in range(2))
    titles = [[listing.title for listing in honest] for _world, honest, _sellers in (first, second)]
    assert titles[0] == titles[1]
    assert [one.recipe for one in first[2]] == [one.recipe for one in second[2]]


def test_every_edit_changes_a_picture_and_is_repeatable(chosen):
    pool = deal(fakers.pictures.DEMO, brands=4, each=2, rings=2, seed=1)
    name = pool.references[0]
    for family in fakers_edits.EDITS:
        shot = Shot(name, ((family, 3),))
        once, again = np.asarray(render(shot)), np.asarray(render(shot))
        assert np.array_equal(once, again), family
        before = np.asarray(source(name))
        assert once.shape != before.shape or not np.array_equal(once, before), family


def test_every_way_of_hiding_can_hide_every_name():
    dice = random.Random(4)
    for way in fakers_words.HIDING:
        for name in fakers_words.BRANDS:
            tries = [fakers_words.named(name, way, dice).split() for _ in range(12)]
            assert any(hidden != name.split() for hidden in tries), (way, name)


def test_a_picture_has_one_role_alone():
    pool = deal(fakers.pictures.DEMO, brands=8, each=3, rings=4, seed=2)
    roles = [pool.references, pool.factory, pool.stock, pool.own]
    everything = [name for role in roles for name in role]
    assert len(everything) == len(set(everything))
