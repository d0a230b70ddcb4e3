"""Reads catalogue.toml: every picture of the demo, and from where it is taken."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.stage import View


@dataclass(frozen=True)
class Shot:
    """One picture; `look` are the good's own choices, `place` and `light` the stage's."""

    name: str
    make: Callable[..., None]
    look: dict[str, Any]
    place: str
    light: str
    view: View


def shots() -> Iterator[Shot]:
    """Return all pictures in the catalogue's order."""
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    for good, entry in tomllib.loads(text).items():
        module, _, function = entry["make"].partition(".")
        make = getattr(importlib.import_module(f"studio.goods.{module}"), function)
        for take in entry["takes"]:
            turn, up = take["seen"]
            yield Shot(
                name=f"{good}-{take['n']}",
                make=make,
                look=take.get("look", {}),
                place=take["place"],
                light=take["light"],
                view=View(turn, up, take.get("air", 1.14)),
            )
