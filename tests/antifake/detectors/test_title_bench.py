"""A slice of bench/titles.py on made-up goods: hidden names are found, honest titles are quiet."""

import pytest

from antifake.cases.evaluating.titles import Title, answers, figures
from bench import titles as bench
from bench.titles_hiding import BRANDS, CANONICAL, LOOSE, OTHER

EACH = 60


@pytest.fixture(scope="module")
def result():
    honest = bench.honest_titles(None, 1500)
    plain = [Title(title, "", "genuine", source) for source, title in honest]
    return figures(answers([*plain, *bench.hidden_titles(honest, EACH)], BRANDS))


@pytest.mark.parametrize("kind", CANONICAL)
def test_disguises_are_found(result, kind):
    assert result["kinds"][kind]["as_disguise_or_name"] >= 0.95


@pytest.mark.parametrize("kind", [*LOOSE, *OTHER])
def test_slips_glued_names_and_further_disguises_are_found(result, kind):
    assert result["kinds"][kind]["recall"] >= 0.85


def test_honest_titles_are_quiet(result):
    assert result["honest"]["titles"] > 1000
    assert result["honest"]["disguises"]["titles"] == 0
    assert result["honest"]["slips_and_glued"]["per_title"] < 0.03


def test_the_slang_of_fakes_is_not_in_honest_titles():
    assert not [said for said in bench.slang(bench.honest_titles(None, 1500)) if "sure" in said]
