"""`manage.py antifake` on small folders: figures, broken pictures, and errors in words."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import ImageOps

from antifake.cases.evaluating.intervals import upper_bound, wilson
from tests.factories.pictures import drawn

SIZE = (420, 320)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Three known photos; of two a copy, and two photos that match nothing."""
    base = tmp_path_factory.mktemp("photos")
    known, asked = base / "known", base / "asked" / "deep"
    known.mkdir()
    asked.mkdir(parents=True)
    for seed in range(3):
        drawn(seed, SIZE).save(known / f"{seed}.png")
    drawn(0, SIZE).save(asked / "same.jpg", quality=60)
    ImageOps.mirror(drawn(1, SIZE)).save(asked / "mirrored.jpg")
    for seed in (7, 8):
        drawn(seed, SIZE).save(asked / f"other{seed}.jpg")
    truth = base / "truth.csv"
    truth.write_text(
        "query,reference,attack\n"
        "deep/same.jpg,0.png,jpeg\n"
        "deep/mirrored.jpg,1.png,mirror\n"
        "deep/other7.jpg,,\n"
        "deep/other8.jpg,,\n",
        encoding="utf-8",
    )
    return base


def evaluated(folders: Path, **changed: object) -> dict:
    out, err = StringIO(), StringIO()
    options = {
        "references": folders / "known",
        "queries": folders / "asked",
        "truth": folders / "truth.csv",
        "json": True,
        **changed,
    }
    asked = [f"--{name}={value}" for name, value in options.items() if value is not True]
    asked += [f"--{name}" for name, value in options.items() if value is True]
    call_command("antifake", "evaluate-photos", *asked, stdout=out, stderr=err)
    return json.loads(out.getvalue()) | {"err": err.getvalue()}


def refused(folders: Path, **changed: object) -> str:
    with pytest.raises(CommandError) as raised:
        evaluated(folders, **changed)
    return str(raised.value)


def written(folders: Path, name: str, text: str) -> Path:
    path = folders / name
    path.write_text(text, encoding="utf-8")
    return path


def test_copies_are_found_by_attack_and_strangers_are_not(folders):
    found = evaluated(folders)

    assert found["policy"]["macro_recall"] == 1.0
    assert set(found["policy"]["attacks"]) == {"jpeg", "mirror"}
    assert found["policy"]["false_alarms"] == 0
    assert found["at_0.001"]["attacks"]["jpeg"]["recall"] == 1.0
    assert found["negatives"] == 2
    assert found["queries"] == 4
    assert found["unreadable"] == []
    assert found["ms"] > 0
    assert found["bytes_per_photo"]["bits"] == 32.0


def test_the_same_figures_are_told_in_lines(folders):
    out = StringIO()
    call_command(
        "antifake",
        "evaluate-photos",
        f"--references={folders / 'known'}",
        f"--queries={folders / 'asked'}",
        f"--truth={folders / 'truth.csv'}",
        stdout=out,
        stderr=StringIO(),
    )

    assert "4 photos looked at, 2 of them match nothing." in out.getvalue()
    assert "mirror" in out.getvalue()


def test_a_broken_picture_is_named_and_the_rest_goes_on(folders, tmp_path):
    known = tmp_path / "known"
    known.mkdir()
    for path in (folders / "known").iterdir():
        (known / path.name).write_bytes(path.read_bytes())
    (known / "2.png").write_bytes(b"no picture")

    found = evaluated(folders, references=known)

    assert found["unreadable"] == ["2.png cannot be opened as a picture."]
    assert "2.png" in found["err"]
    assert found["policy"]["macro_recall"] == 1.0


def test_a_picture_that_ends_midway_is_named(folders, tmp_path):
    known = tmp_path / "known"
    known.mkdir()
    for path in (folders / "known").iterdir():
        (known / path.name).write_bytes(path.read_bytes())
    whole = (known / "2.png").read_bytes()
    (known / "2.png").write_bytes(whole[: len(whole) // 2])

    assert evaluated(folders, references=known)["unreadable"] == [
        "2.png cannot be opened as a picture."
    ]


def test_photos_that_match_nothing_join_the_bank_or_are_asked(folders, tmp_path):
    drawn(20, SIZE).save(tmp_path / "strange.png")
    pairs = written(folders, "pairs.csv", "query,reference,attack\ndeep/same.jpg,0.png,jpeg\n")

    joined = evaluated(folders, distractors=tmp_path)
    asked = evaluated(folders, distractors=tmp_path, truth=pairs)

    assert joined["negatives"] == 2
    assert asked["negatives"] == 1
    assert asked["policy"]["false_alarms"] == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("query,attack\na.jpg,jpeg\n", "lacks the columns: reference."),
        ("query,reference,attack\n", "has no rows."),
        ("query,reference,attack\n,0.png,jpeg\n", "line 2: the query is empty."),
        (
            "query,reference,attack\ndeep/lost.jpg,0.png,jpeg\ndeep/same.jpg,9.png,jpeg\n",
            "2 files of the truth are not in the folders, the first: deep/lost.jpg, 9.png.",
        ),
    ],
)
def test_a_wrong_table_is_refused_in_words(folders, text, sentence):
    assert sentence in refused(folders, truth=written(folders, "wrong.csv", text))


def test_a_table_that_is_no_text_is_refused(folders):
    path = folders / "binary.csv"
    path.write_bytes(b"query,reference,attack\n\xff\xfe\x00,0.png,jpeg\n")

    assert "no CSV in UTF-8" in refused(folders, truth=path)


def test_missing_files_and_empty_folders_are_refused_in_words(folders, tmp_path):
    assert "cannot be read" in refused(folders, truth=folders / "nowhere.csv")
    assert "is no folder" in refused(folders, references=folders / "nowhere")
    assert "holds no pictures" in refused(folders, references=tmp_path)


def test_titles_are_evaluated_too(tmp_path):
    titles = written(
        tmp_path,
        "titles.csv",
        "title,brand,kind\nAdi\u200bdas shoes,Adidas,zero-width\nWool socks,,\n",
    )
    brands = written(tmp_path, "brands.csv", "name\nAdidas\n")
    out = StringIO()

    call_command(
        "antifake",
        "evaluate-titles",
        f"--titles={titles}",
        f"--brands={brands}",
        "--json",
        stdout=out,
        stderr=StringIO(),
    )

    found = json.loads(out.getvalue())
    assert found["kinds"]["zero-width"]["recall"] == 1.0
    assert found["honest"]["disguises"]["titles"] == 0


@pytest.mark.django_db
def test_unknown_listings_and_scans_are_refused_in_words():
    with pytest.raises(CommandError, match="no listing 404"):
        call_command("antifake", "explain", "404")
    with pytest.raises(CommandError, match="no scan 404"):
        call_command("antifake", "replay", "404")


def test_the_intervals_are_those_of_the_books():
    # R: binom.test(0, 500), binom.test(1, 1500), prop.test(45, 50, correct = FALSE)
    assert upper_bound(0, 500) == pytest.approx(0.0073507, abs=1e-6)
    assert upper_bound(1, 1500) == pytest.approx(0.0037088, abs=1e-5)
    assert wilson(45, 50) == pytest.approx((0.78640, 0.95652), abs=1e-4)
