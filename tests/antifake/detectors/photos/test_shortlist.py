"""Nearest rows are exact, in whatever chunks they are read."""

import numpy as np

from antifake.detectors.photos import shortlist
from antifake.detectors.photos.shortlist import nearest_bits, nearest_vectors


def random_rows(rows, width, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (rows, width), dtype=np.uint8)


def test_the_nearest_bits_over_all_forms_come_first(monkeypatch):
    monkeypatch.setattr(shortlist, "CHUNK_ROWS", 7)
    rows = random_rows(50, 32)
    forms = [rows[31].tobytes(), bytes(32)]
    near = rows[12].copy()
    near[0] ^= 0b111
    forms.append(near.tobytes())
    assert nearest_bits(forms, rows, 5, 20) == [(31, 0), (12, 3)]
    assert nearest_bits(forms, rows, 1, 20) == [(31, 0)]
    assert nearest_bits(forms, rows[:0], 5, 20) == []
    assert nearest_bits([], rows, 5, 20) == []


def test_the_nearest_vectors_are_those_of_a_full_comparison(monkeypatch, tmp_path):
    monkeypatch.setattr(shortlist, "CHUNK_ROWS", 16)
    table = np.random.default_rng(2).normal(size=(100, 24)).astype(np.float16)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    np.save(tmp_path / "rows.npy", table)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    queries = table[[3, 77]].astype(np.float32)
    expected = (table.astype(np.float32) @ queries.T).max(axis=1)
    found = nearest_vectors(queries, mapped, 10)
    assert [row for row, _cosine in found] == list(np.argsort(-expected, kind="stable")[:10])
    assert {row for row, _cosine in found[:2]} == {3, 77}
    assert nearest_vectors(queries[:0], mapped, 3) == []
    assert nearest_vectors(queries, mapped[:0], 3) == []
