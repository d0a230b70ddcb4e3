"""How far a reviewer agrees with known answers. Plain Python."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """`alike` of `seen` answers agree; `kappa` takes away what chance alone would give."""

    alike: int
    seen: int
    kappa: float | None


def agreement(pairs: Collection[tuple[str, str]]) -> Agreement:
    """Return how far answers agree with what was known; pairs of (answer, known).

    Cohen's kappa (1960): (observed - by chance) / (1 - by chance). None when nothing was seen
    or both said one and the same thing throughout: chance would then explain everything.

    >>> a, r = "allow", "remove"
    >>> agreement([(r, r), (a, a), (a, r), (a, a)])
    Agreement(alike=3, seen=4, kappa=0.5)
    >>> agreement([("allow", "allow")]).kappa is None
    True
    """
    seen = len(pairs)
    alike = sum(answer == known for answer, known in pairs)
    if not seen:
        return Agreement(0, 0, None)
    words = {word for pair in pairs for word in pair}
    by_chance = sum(
        sum(answer == word for answer, _known in pairs)
        * sum(known == word for _answer, known in pairs)
        for word in words
    ) / (seen * seen)
    if by_chance == 1:
        return Agreement(alike, seen, None)
    return Agreement(alike, seen, (alike / seen - by_chance) / (1 - by_chance))
