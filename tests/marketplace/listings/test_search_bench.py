"""A slice of bench/search.py: two thousand goods, five languages, judged before they are asked."""

import pytest

from bench import catalogue
from bench import search as bench
from marketplace.listings.services import search

pytestmark = pytest.mark.django_db
GOODS = 2_000


def test_well_spelt_and_misspelt_questions_find_what_was_meant(now):
    goods = list(catalogue.items(GOODS))
    asked = bench.questions(goods, each=8, broad=4)
    ids = catalogue.write(goods, count=GOODS, at=now, quiet=True)
    for _last in search.reindex(at=now):
        pass

    figures, worst = bench.judged(bench.numbered(asked, ids), bench.engine())

    assert figures["questions"] >= 60
    for kind, least in bench.MUST.items():
        assert figures["p_at_10"][kind] >= least, (figures, worst)


def test_the_same_count_and_seed_make_the_same_goods():
    assert list(catalogue.items(50)) == list(catalogue.items(50))
    assert len({item.language for item in catalogue.items(2_000)}) == 5


def test_other_peoples_questions_are_read_from_a_file(tmp_path):
    table = tmp_path / "questions.csv"
    table.write_text("query,relevant\nred bowl,3 5\n", encoding="utf-8")
    other = tmp_path / "questions.json"
    other.write_text('[{"query": "cup", "relevant": [4], "kind": "misspelt"}]', encoding="utf-8")

    assert bench.read(table)[0].relevant == {3, 5}
    assert bench.read(other)[0].kind == "misspelt"
