"""How much reports weigh together. Plain Python.

A report raises a case in the queue of people; it withholds nothing, however many there are. Who
was right before weighs more: Laplace's rule of succession over the reports that were answered.
Figures are our own choice: somebody unknown is right half the time, a visitor one time in five.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

TEXT_MAX = 1_000
VISITOR_PERMILLE = 200
SANCTIONED_PERMILLE = 100
# However many say so: what a detector is sure of, and what is due, goes first.
MOST_PERMILLE = 900
# A person has allowed these goods: so much must speak against that to ask another one.
ANEW_PERMILLE = 700


@dataclass(frozen=True)
class Voice:
    """One who reported: how often that person was right and wrong before.

    `key` tells voices apart: a person, or a visitor's network. `visitor` has no record;
    `sanctioned` has reported in bad faith before.
    """

    key: str
    right: int = 0
    wrong: int = 0
    visitor: bool = False
    sanctioned: bool = False


def weight_permille(voice: Voice) -> int:
    """Return how likely one voice is right, in thousandths.

    >>> [weight_permille(Voice("a", right=r, wrong=w)) for r, w in ((0, 0), (8, 0), (0, 8))]
    [500, 900, 100]
    """
    if voice.sanctioned:
        return SANCTIONED_PERMILLE
    if voice.visitor:
        return VISITOR_PERMILLE
    return 1000 * (voice.right + 1) // (voice.right + voice.wrong + 2)


def rank_permille(voices: Iterable[Voice]) -> int:
    """Return a case's place in the queue: one less the chance that all are wrong, halved each.

    Each voice counts once. Halved, because those who report the same goods have often seen the
    same hint.

    >>> rank_permille([Voice("a")]), rank_permille([Voice("a"), Voice("a")])
    (250, 250)
    >>> rank_permille(Voice(str(n), visitor=True) for n in range(500))
    900
    """
    each = {voice.key: weight_permille(voice) for voice in voices}
    all_wrong = math.prod(1 - weight / 2000 for weight in each.values())
    return min(MOST_PERMILLE, round(1000 * (1 - all_wrong)))
