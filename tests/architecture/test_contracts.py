"""Every import contract is kept, and each is seen to catch a deliberate breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ewtp", "marketplace", "credit", "antifake")
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

# contract id → (a file of ours, a line that must not stand there)
BREACHES = {
    "packages": [
        ("marketplace/shops/services.py", "import ewtp.env"),
        ("marketplace/trust/services.py", "import antifake.cases.queries"),
        ("credit/scoring/services.py", "import antifake.cases.services"),
        ("antifake/cases/services.py", "import credit.scoring.services"),
    ],
    "marketplace-floors": [
        ("marketplace/listings/queries.py", "import marketplace.orders.models"),
        ("marketplace/outbox/services.py", "import marketplace.accounts.models"),
    ],
    "credit-floors": [("credit/scoring/queries.py", "import credit.loans.services")],
    "antifake-floors": [
        ("antifake/detectors/base.py", "import antifake.references.rules"),
    ],
    "rooms": [
        ("marketplace/orders/queries.py", "import marketplace.orders.services"),
        ("marketplace/outbox/services.py", "import marketplace.outbox.tasks"),
        ("antifake/cases/rules.py", "import antifake.cases.models"),
    ],
    "plain-thinking": [
        ("marketplace/trust/rules.py", "import django.db"),
        ("antifake/detectors/base.py", "import celery"),
    ],
    "ledger-door": [("marketplace/orders/queries.py", "import marketplace.ledger.models")],
    "services-only": [("antifake/cases/views.py", "import marketplace.listings.views")],
}

OUTSIDE = ("import django.db", "import celery")


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LINT, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "COLUMNS": "200"},
    )


@pytest.fixture
def copy_of_the_tree(tmp_path):
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_are_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_breach_to_catch():
    import tomllib

    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in configured["contracts"]} == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_wrong_import_breaks_its_contract(contract, copy_of_the_tree):
    for file, line in BREACHES[contract]:
        path = copy_of_the_tree / file
        if path.with_suffix("").is_dir():  # the module has become a package
            path = path.with_suffix("") / "__init__.py"
        before = path.read_text()
        target = copy_of_the_tree / (line.removeprefix("import ").replace(".", "/") + ".py")
        made = []
        if line.startswith(("import credit.loans",)):
            # the upper floor is not built yet: put up an empty one
            target.parent.mkdir(parents=True, exist_ok=True)
            made = [target.parent / "__init__.py", target]
        elif line not in OUTSIDE and not target.exists() and not target.with_suffix("").is_dir():
            made = [target]
        for new in made:
            new.write_text("")
        path.write_text(f"{before}\n\n{line}  # noqa\n")

        result = lint(copy_of_the_tree, "--contract", contract)

        assert result.returncode == 1, f"{file}: {line} was not caught\n{result.stdout}"
        assert "1 broken" in result.stdout
        path.write_text(before)
        for new in made:
            new.unlink()
