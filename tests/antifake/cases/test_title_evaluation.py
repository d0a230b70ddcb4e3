"""Anybody's table of titles is counted as it says, and bad tables are named in words."""

import csv

import pytest

from antifake.cases.evaluating import titles as evaluating
from antifake.cases.evaluating.titles import BadTitles, evaluate

ROWS = [
    ("Nike shoes", "Nike", "exact"),
    ("N1ke shoes", "Nike", "leet"),
    ("Nlkе shoes", "Nike", "homoglyph"),
    ("Shoes of a brand", "Nike", "leet"),
    ("Wool scarf", "", ""),
    ("Nike shoes, really", "", "genuine"),
    ("Adibas shoes", "", ""),
    ("4didas shoes", "", ""),
    ("Kite and mike", "", ""),
]


@pytest.fixture
def tables(tmp_path):
    titles, brands = tmp_path / "titles.csv", tmp_path / "brands.csv"
    with titles.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([("title", "brand", "kind"), *ROWS])
    brands.write_text("name\nNike\nAdidas\n", encoding="utf-8")
    return titles, brands


def test_recall_and_alarms_are_counted_by_kind(tables):
    titles, brands = tables
    told = evaluate(titles=titles, brands=brands)
    assert told["kinds"]["exact"]["recall"] == 1
    assert (told["kinds"]["leet"]["found"], told["kinds"]["leet"]["titles"]) == (1, 2)
    assert told["kinds"]["leet"]["low"] < 0.5 < told["kinds"]["leet"]["high"]
    honest = told["honest"]
    assert (honest["titles"], honest["real_mentions"]) == (5, 1)
    assert (honest["disguises"]["titles"], honest["slips_and_glued"]["titles"]) == (1, 1)
    assert honest["disguises"]["upper"] > honest["disguises"]["per_title"] == 0.2
    assert {alarm["seen"] for alarm in told["alarms"]} == {"4didas", "Adibas"}
    assert told["missed"] == [{"title": "Shoes of a brand", "brand": "Nike", "kind": "leet"}]


def test_a_plain_list_of_names_will_do_and_the_case_of_a_brand_does_not_matter(tables):
    titles, brands = tables
    brands.write_text("NIKE\n\nadidas\n", encoding="utf-8")
    assert evaluate(titles=titles, brands=brands)["kinds"]["exact"]["recall"] == 1


def test_words_of_other_sources_are_ordinary_and_those_of_the_own_are_not():
    table = [
        evaluating.Title(text, "", "genuine", source)
        for text, source in [("red chapel", "a"), ("old chapel", "a"), ("new", "b"), ("new", "a")]
    ]
    known = evaluating.ordinary_words(table)
    assert "chapel" in known["b"]
    assert "chapel" not in known["a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no rows"),
        ("title,brand\nx,y\n", "kind"),
        ("title,brand,kind\n", "no titles"),
        ("title,brand,kind\nx,y\n", "line 2"),
        ("title,brand,kind\nx,,\n,Nike,leet\n", "line 3"),
    ],
)
def test_a_bad_table_of_titles_is_told_by_line_and_column(tables, content, told):
    titles, brands = tables
    titles.write_text(content, encoding="utf-8")
    with pytest.raises(BadTitles, match=told):
        evaluate(titles=titles, brands=brands)


def test_missing_binary_and_empty_files_are_told(tables, tmp_path):
    titles, brands = tables
    with pytest.raises(BadTitles, match="cannot be read"):
        evaluate(titles=tmp_path / "none.csv", brands=brands)
    brands.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTitles, match="UTF-8"):
        evaluate(titles=titles, brands=brands)
    brands.write_text("name\n", encoding="utf-8")
    with pytest.raises(BadTitles, match="no names"):
        evaluate(titles=titles, brands=brands)


def test_a_brand_that_is_not_in_the_list_is_told(tables):
    titles, brands = tables
    brands.write_text("name\nAdidas\n", encoding="utf-8")
    with pytest.raises(BadTitles, match="Nike"):
        evaluate(titles=titles, brands=brands)
