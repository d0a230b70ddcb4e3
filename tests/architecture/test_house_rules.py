"""House rules that no linter knows. Each names the file and line that breaks it."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ewtp", "marketplace", "credit", "antifake")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHES = sorted((ROOT / "bench").rglob("*.py"))


def tracked_text_files() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    binary = {".webp", ".png", ".jpg", ".ico", ".woff2"}
    return [ROOT / name for name in names if name and Path(name).suffix not in binary]


@pytest.mark.parametrize(
    "forbidden",
    ["task_always_" + "eager", "memory" + "://", "sqlite" + "3", "generic" + "foreignkey"],
)
def test_no_stand_in_for_a_real_part(forbidden):
    found = [
        path.relative_to(ROOT)
        for path in [*SOURCES, *TESTS, *BENCHES]
        if forbidden in path.read_text().lower()
    ]
    assert found == []


def test_nothing_names_an_index_host_or_a_machine():
    hosts = re.compile(
        r"py[p]i\.org|python[h]osted|registry\.npm[j]s|deb\.debi[a]n\.org|/wor[k]/|/roo[t]/", re.I
    )
    found = [
        path.relative_to(ROOT)
        for path in tracked_text_files()
        if path.is_file() and hosts.search(path.read_text(errors="ignore"))
    ]
    assert found == []


def test_no_file_is_longer_than_400_lines_and_no_test_file_than_300():
    too_long = [
        (path.relative_to(ROOT), count)
        for limit, paths in ((400, [*SOURCES, *BENCHES]), (300, TESTS))
        for path in paths
        if (count := len(path.read_text().splitlines())) > limit
    ]
    assert too_long == []


def test_no_template_is_longer_than_120_lines():
    too_long = [
        path.relative_to(ROOT)
        for path in (ROOT / "templates").rglob("*.html")
        if len(path.read_text().splitlines()) > 120
    ]
    assert too_long == []


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "handler", "process"])
def test_no_module_has_a_name_that_says_nothing(name):
    assert [path for path in SOURCES if path.stem == name or path.parent.name == name] == []


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_imports_stand_at_the_top_except_in_apps():
    inner = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.name != "apps.py"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


def test_no_signal_is_received():
    words = ("django.db.models.signals", "django.dispatch", "@receiver")
    assert [p for p in SOURCES if any(word in p.read_text() for word in words)] == []


def test_nothing_catches_every_exception():
    bare = re.compile(r"except\s*(\(?\s*Base?Exception|\(?\s*Exception)?\s*(as \w+)?\s*:")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line) and "noqa: BLE001" not in line
    ]
    assert found == []


# What the framework calls and everybody knows; what it does stands in the framework's manual.
FRAMEWORK = {
    "add_arguments",
    "filter",
    "handle",
    "has_add_permission",
    "has_change_permission",
    "has_delete_permission",
    "ready",
}


def undocumented(body: list[ast.stmt]) -> list[tuple[int, str]]:
    """Return (line, name) of each public class, function and method without a docstring."""
    found = []
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        # A command says what it is for in `help`; Meta is Django's place for options.
        if node.name not in FRAMEWORK | {"Command", "Meta"} and not ast.get_docstring(node):
            found.append((node.lineno, node.name))
        if isinstance(node, ast.ClassDef):
            found += undocumented(node.body)
    return found


def test_everything_public_says_what_it_is():
    silent = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in SOURCES
        for line, name in undocumented(ast.parse(path.read_text()).body)
    ]
    assert silent == []


def test_a_silent_class_function_and_method_are_seen():
    source = 'class A:\n    def b(self):\n        pass\n\n\ndef c():\n    """Say."""\n'
    assert undocumented(ast.parse(source).body) == [(1, "A"), (2, "b")]


def public_services() -> list[tuple[Path, ast.FunctionDef]]:
    files = [p for p in SOURCES if p.stem == "services" or p.parent.name == "services"]
    return [
        (path, node)
        for path in files
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_services_take_keywords_only_and_say_what_they_mean():
    # The name of a fact reads best first: emit("order.paid", subject=…), emit_all.
    wrong = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path, node in public_services()
        if (node.args.args and not node.name.startswith("emit"))
        or node.args.posonlyargs
        or not ast.get_docstring(node)
    ]
    assert wrong == []


def test_thinking_and_services_have_no_hidden_clock():
    clock = re.compile(r"timezone\.now\(|datetime\.now\(|time\.time\(|utcnow\(")
    files = [
        p
        for p in SOURCES
        if p.stem in {"services", "rules", "queries"} or p.parent.name in {"services", "detectors"}
    ]
    # The outbox runs jobs: it is where "now" enters them.
    hidden = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.parent.name != "outbox" and path.parent.parent.name != "outbox"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if clock.search(line)
    ]
    assert hidden == []


def our_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m.__module__.split(".")[0] in PACKAGES]


def test_upper_packages_leave_no_trace_on_marketplace_models():
    traces = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        if model.__module__.split(".")[0] in {"credit", "antifake"}
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model.__module__.split(".")[0] == "marketplace"
        and field.remote_field.related_name != "+"
    ]
    assert traces == []


def test_every_state_column_is_checked_by_the_database():
    unchecked = []
    for model in our_models():
        conditions = " ".join(
            str(c.condition)
            for c in model._meta.constraints
            if isinstance(c, models.CheckConstraint)
        )
        unchecked += [
            f"{model.__name__}.{field.name}"
            for field in model._meta.get_fields()
            if getattr(field, "name", "") == "state" and "'state" not in conditions
        ]
    assert unchecked == []


def test_no_lock_keeps_others_from_pointing_at_the_row():
    """A full FOR UPDATE stops every foreign key check, also that of a commit: a deadlock."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "select_for_update"
        and "no_key" not in [word.arg for word in node.keywords]
    ]
    assert found == []


def test_money_is_never_a_float():
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.name.endswith("_minor")
        and not isinstance(field, models.BigIntegerField | models.PositiveBigIntegerField)
    ]
    assert wrong == []


def test_no_model_is_named_as_a_string_across_packages():
    text = re.compile(r"(ForeignKey|OneToOneField|ManyToManyField)\(\s*[\"'](\w+)\.(\w+)[\"']")
    found = [path.relative_to(ROOT) for path in SOURCES if text.search(path.read_text())]
    assert found == []


def test_migrations_import_no_services_tasks_or_queries():
    wrong = [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("migrations/*.py")
        if re.search(r"import .*(services|tasks|queries)", path.read_text())
    ]
    assert wrong == []
