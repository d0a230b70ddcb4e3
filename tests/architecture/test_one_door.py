"""A person or a machine rules through `cases.services.decide` alone: nothing writes past it."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.test_house_rules import ROOT, SOURCES

DECISIONS = "antifake/cases/services/decisions.py"
# What is written or called, and the only files that may: the first ruling, the answer to an
# appeal, the taking back within a minute.
DOORS = {
    "Decision": {
        DECISIONS,
        "antifake/cases/services/appeals.py",
        "antifake/cases/services/undoing.py",
    },
    "trust.take_down": {DECISIONS},
    "trust.strike_notifier": {"antifake/notices/services/faith.py"},
}
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "delete"}


def called(tree: ast.AST) -> set[str]:
    """Return what a file calls: "trust.take_down"; a model's writes as the model's name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found.add(name)
            model, dot, rest = name.partition(".objects")
            if dot and rest.rpartition(".")[2] in WRITES:
                found.add(model.rpartition(".")[2])
    return found


@pytest.mark.parametrize("door", DOORS)
def test_only_its_own_files_go_through_a_door(door):
    users = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if door in called(ast.parse(path.read_text()))
    }
    assert users == DOORS[door]


@pytest.mark.parametrize(
    "line",
    [
        "Decision(case=case).save()",
        "Decision.objects.create(case=case)",
        "models.Decision.objects.filter(pk=1).update(verdict='allow')",
    ],
)
def test_a_way_past_the_door_is_seen(line):
    assert "Decision" in called(ast.parse(line))
