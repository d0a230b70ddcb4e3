"""`python -m tests.faults.stage BUYERS`: goods and buyers for the shoppers; prints their ids."""

from __future__ import annotations

import os
import sys

import django


def main(buyers: int) -> None:
    """Make one variant with stock enough, and the buyers."""
    from tests.factories.accounts import make_person
    from tests.factories.orders import make_goods

    print(make_goods(on_hand=1_000_000).pk, *(make_person().pk for _number in range(buyers)))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    main(int(sys.argv[1]))
