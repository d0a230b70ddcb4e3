"""From findings and a probability to publish, hold or take down. Plain Python.

A machine takes down on hard evidence alone, and only on a ground whose precision is proven:
until then it holds, and each person's ruling on such a hold measures the ground. A copy of a
rights holder's or another seller's own photo is what honest resellers use too: it asks the
seller, and holds only in company.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from antifake.cases.learning.model import probability
from antifake.cases.rules.bounds import lower_bound, upper_bound
from antifake.detectors.base import Finding


class Outcome(StrEnum):
    """What happens to a listing after a look."""

    PUBLISH = "publish"
    HOLD = "hold"
    TAKE_DOWN = "take_down"


class Ground(StrEnum):
    """Hard evidence on which a machine may decide once it is proven."""

    CONFIRMED_FAKE = "confirmed_fake"  # a verified copy of a photo of a confirmed fake
    BRAND = "protected_brand"  # a protected brand, no authorisation, two independent kinds


class Why(StrEnum):
    """The reason of an outcome; queries.explaining has the words."""

    LIKELY_GENUINE = "likely_genuine"
    ONLY_A_COPY = "only_a_copy"
    LIKELY_FAKE = "likely_fake"
    PROHIBITED = "prohibited"
    HARD_UNPROVEN = "hard_unproven"
    HARD_PROVEN = "hard_proven"
    MAY_OWN = "may_own_the_photo"
    COPY_OF_FAKE = "copy_of_fake"


@dataclass(frozen=True)
class Ruling:
    """An outcome, the ground of hard evidence if there was any, and the reason."""

    outcome: Outcome
    ground: str
    why: Why


# The lower 95 % bound of measured precision that lets a machine take down by itself.
NEEDED_PRECISION = 0.999
COPIES = frozenset({"reference_photo", "market_photo", "exact_file"})
# What may be a fake's photo, and need not be a copy, is no more.
LOOKS_COPIED = COPIES | {"confirmed_fake"}
AUTHORISED = "authorised"
PROHIBITED = "prohibited"
# A price is compared within a brand, and speaks about the offer.
JOINS_ANY = frozenset({"price_low"})
# What doubles the odds or more is company to a copied photo.
COMPANY = math.log(2)
# Kinds that are hard evidence about a brand, by what they look at: two of one row are one. A
# rights holder's photo shows its own label, so the photo and the words in it are one row.
ROWS = {
    "brand_lookalike": "title",
    "brand_glued": "title",
    "reference_photo": "pictures",
    "exact_file": "pictures",
    "picture_brand": "pictures",
    "fake_words": "words",
    "refused_again": "history",
}
# What ties a seller to fakes apart from any photo: the shop's record, shared details, the name.
TIES = frozenset(
    {
        "seller_history",
        "seller_linked",
        "refused_again",
        "brand_lookalike",
        "brand_glued",
        "fake_words",
    }
)
# Weaker findings of those kinds (a far match, a doubtful word) are not hard: e^2 is 7 to 1.
HARD_LOG_ODDS = 2.0


def policy(
    findings: Sequence[Finding],
    *,
    risk_permille: int,
    prohibited_permille: int,
    hold_permille: int,
    proven: Collection[str] = (),
) -> Ruling:
    """Return what happens to a listing with these findings.

    `risk_permille` is the probability from all findings, `prohibited_permille` that from
    findings of prohibited goods alone, which no authorisation outweighs. `proven` names the
    grounds whose precision is.
    """
    hard = ground(findings)
    if hard:
        return _on_hard_evidence(findings, hard, proven)
    if prohibited_permille >= hold_permille:
        return Ruling(Outcome.HOLD, "", Why.PROHIBITED)
    if shows_a_fake(findings):
        return Ruling(Outcome.HOLD, "", Why.COPY_OF_FAKE)
    if risk_permille < hold_permille:
        return Ruling(Outcome.PUBLISH, "", Why.LIKELY_GENUINE)
    if only_copies(weighable(findings)):
        return Ruling(Outcome.PUBLISH, "", Why.ONLY_A_COPY)
    return Ruling(Outcome.HOLD, "", Why.LIKELY_FAKE)


def _on_hard_evidence(findings: Sequence[Finding], hard: str, proven: Collection[str]) -> Ruling:
    if hard not in proven:
        return Ruling(Outcome.HOLD, hard, Why.HARD_UNPROVEN)
    if hard == Ground.CONFIRMED_FAKE and may_own_the_photo(findings):
        return Ruling(Outcome.HOLD, hard, Why.MAY_OWN)
    return Ruling(Outcome.TAKE_DOWN, hard, Why.HARD_PROVEN)


def ground(findings: Sequence[Finding]) -> str:
    """Return the ground of hard evidence, or nothing."""
    if any(is_verified_fake(finding) for finding in findings):
        return Ground.CONFIRMED_FAKE
    hard = [f for f in findings if f.kind in ROWS and f.log_odds >= HARD_LOG_ODDS]
    for brand_id in {f.evidence["brand_id"] for f in hard if "brand_id" in f.evidence}:
        if any(_authorises(finding, brand_id) for finding in findings):
            continue
        rows = {ROWS[f.kind] for f in hard if _is_about(f, brand_id)}
        if len(rows) > 1:
            return Ground.BRAND
    return ""


def is_verified_fake(finding: Finding) -> bool:
    """Say whether a finding is a verified copy of a confirmed fake, not merely a near one."""
    if finding.kind == "exact_file":
        return bool(finding.evidence.get("confirmed_fake"))
    is_copy = finding.kind == "confirmed_fake" and _is_copy(finding)
    return is_copy and bool(finding.evidence.get("corroborated"))


def shows_a_fake(findings: Iterable[Finding]) -> bool:
    """Say whether a photo is a fake's, also by one measure alone, and no rights holder's.

    However the probability comes out, such a listing waits for a person. Fakers edit photos of
    rights holders, which honest resellers use too: what is a copy of both only asks.
    """
    copies = [finding for finding in findings if _is_copy(finding)]
    lawful = {_photo(one) for one in copies if "reference_id" in one.evidence and not _of_fake(one)}
    return any(_of_fake(one) and _photo(one) not in lawful for one in copies)


def _is_copy(finding: Finding) -> bool:
    """Say whether a finding is a copy by the policy's threshold, or the very file."""
    if finding.kind == "exact_file":
        return True
    seen = int(finding.evidence.get("copy_permille", 0))
    needed = int(finding.evidence.get("needed_permille", 0))
    return 0 < needed <= seen


def _of_fake(finding: Finding) -> bool:
    return bool(finding.kind == "confirmed_fake" or finding.evidence.get("confirmed_fake"))


def _photo(finding: Finding) -> object:
    return finding.evidence.get("photo_id")


def may_own_the_photo(findings: Iterable[Finding]) -> bool:
    """Say whether a photo of a fake is all there is: perhaps the faker took it from this shop.

    Who put a photo up first in our eyes need not have taken it. So a machine never decides on
    photos alone: something else must tie this seller to fakes. A person weighs who was first.
    """
    return not any(finding.kind in TIES and finding.log_odds > 0 for finding in findings)


def only_copies(findings: Iterable[Finding]) -> bool:
    """Say whether copied photos of others are all that speaks against a listing."""
    return all(
        finding.kind in LOOKS_COPIED and not is_verified_fake(finding)
        for finding in findings
        if finding.log_odds >= COMPANY
    )


def is_proven(*, right: int, reviewed: int, published: float = 0.0) -> bool:
    """Say whether a ground's precision is proven: `right` of `reviewed` decisions by people.

    `published` is a lower bound that a risk officer vouches for in the rule book. It stands in
    for missing measurements, never against them: it counts while the upper bound of what was
    measured here does not contradict it.
    """
    if lower_bound(right, reviewed) >= NEEDED_PRECISION:
        return True
    return published >= NEEDED_PRECISION and upper_bound(right, reviewed) >= NEEDED_PRECISION


def prohibited(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of goods that nobody may offer."""
    return [finding for finding in findings if finding.detector == PROHIBITED]


def _is_about(finding: Finding, brand_id: object) -> bool:
    """Say whether a finding is about a brand; words and a record are about whatever is named."""
    unnamed = finding.kind in ("fake_words", "refused_again")
    return finding.evidence.get("brand_id", brand_id if unnamed else None) == brand_id


def _authorises(finding: Finding, brand_id: object) -> bool:
    return finding.kind == AUTHORISED and finding.evidence.get("brand_id") == brand_id


def weighable(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are weighed together: those about one brand, and of no brand.

    Evidence about two brands is not twice the evidence: an ordinary word that is also a name
    says nothing about a photo that looks like another holder's. The brand whose findings come
    to most is taken, the lower number of equals; an authorisation counts with its own alone.
    """
    brands = sorted({brand_of(finding) for finding in findings} - {0})
    groups = [[f for f in findings if brand_of(f) in (0, brand)] for brand in brands]
    return max(groups, key=lambda one: probability(one).logit, default=list(findings))


def brand_of(finding: Finding) -> int:
    """Return the brand a finding is about, 0 for none: a price or a record joins any."""
    if finding.kind in JOINS_ANY:
        return 0
    return int(finding.evidence.get("brand_id", 0))
