"""The figures of a simulated market: gone before a sale, wrongly held, and when."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from bench.fakers_campaigns import Campaign
from bench.fakers_market import PUBLISH, Tally
from bench.fakers_world import KINDS, Listing

HOURS_A_WEEK = 7 * 24
# Honest and hard to tell from theft: shown apart, and counted in all the same.
HOLDERS_PHOTO = "second hand, holder's photo"


def figures(tallies: Sequence[Tally]) -> dict[str, Any]:
    """Return all figures of some markets together."""
    listings = [listing for tally in tallies for listing in tally.listings]
    fakes = [listing for listing in listings if listing.fake]
    # What a faker posts between as a cover is genuine too, but nobody honest waits for it.
    genuine = [listing for listing in listings if not listing.fake and listing.shop.honest]
    held = {id(one) for t in tallies for one in t.listings if one.listing_id in t.held}
    wrong = [one for one in genuine if id(one) in held]
    down = [one for tally in tallies for one in tally.taken_down]
    wrong_down = [one for one in down if not one.fake]
    returns = [n for tally in tallies for one in tally.campaigns for n in one.returns]
    hours = sorted(h for tally in tallies for h in tally.wrongly_held_h)
    minutes = sum(tally.staff_minutes for tally in tallies)
    return {
        "genuine": len(genuine),
        "fakes": len(fakes),
        "campaigns": sum(len(tally.campaigns) for tally in tallies),
        "gone_before_sale": _share(_is_gone(one) for one in fakes),
        "campaigns_without_a_sale": _without_sale(fakes),
        "stopped_at_first_look": _share(one.live_h is None for one in fakes),
        "genuine_withheld": round(len(wrong) / max(1, len(genuine)), 5),
        "withheld_but_for_holders_photos": round(
            sum(one.kind != HOLDERS_PHOTO for one in wrong) / max(1, len(genuine)), 5
        ),
        "wrong_takedowns_by_machine": len(wrong_down),
        "wrong_takedowns_upper_95": round(_upper(len(wrong_down), len(genuine)), 6),
        "takedowns_by_machine": len(down),
        "genuine_removed_by_people": sum(len(tally.removed_by_people) for tally in tallies),
        "staff_minutes_per_1000": round(1000 * minutes / max(1, len(listings)), 1),
        "cases": sum(tally.cases for tally in tallies),
        "held_by_mistake_h": _middle(hours),
        "fakes_alive_h": _middle(sorted(_alive_h(one) for one in fakes if one.live_h is not None)),
        "found_proactively": _proactive(tallies),
        "missed_estimated_by_audit": _audit(tallies),
        "linked_by_third_listing": _share(0 < n <= 3 for n in returns),
        "accounts_that_returned": len(returns),
        "by_strategy": _by((one.kind, _is_gone(one)) for one in fakes),
        "by_week": _by(
            (f"week {int(one.posted_h // HOURS_A_WEEK) + 1}", _is_gone(one)) for one in fakes
        ),
        "by_adaptations": _by((f"{min(one.adaptations, 6)}", _is_gone(one)) for one in fakes),
        "by_name": _by(
            (one.how.split("; name ")[1].split(" (")[0], _is_gone(one)) for one in fakes
        ),
        "by_photo": _by(
            (one.how.split("; ")[0].removesuffix(", name in picture"), _is_gone(one))
            for one in fakes
        ),
        "held_by_kind": {
            kind: [sum(id(one) in held for one in some), len(some)]
            for kind in (*KINDS, "a faker's cover")
            if (some := [one for one in listings if not one.fake and one.kind == kind])
        },
        "held_for": _held_for(tallies),
        "missed": _missed(tallies),
    }


def _is_gone(listing: Listing) -> bool:
    """Say whether a fake was off the market, or never on it, before anybody bought it."""
    return listing.sold_h is None and listing.state != "live"


def _alive_h(listing: Listing) -> float:
    end = listing.gone_h if listing.gone_h is not None else listing.held_h
    begun = listing.live_h or 0.0
    return max(0.0, end - begun) if end is not None else 24 * 21.0


def _without_sale(fakes: Sequence[Listing]) -> float:
    sold: dict[int, bool] = {}
    for one in fakes:
        sold[id(one.campaign)] = sold.get(id(one.campaign), False) or not _is_gone(one)
    return _share(not value for value in sold.values())


def _proactive(tallies: Sequence[Tally]) -> float:
    """Return the share of removed fakes that no rights holder and no buyer had to report."""
    by = [
        tally.found_by[one.listing_id]
        for tally in tallies
        for one in tally.listings
        if one.fake and one.listing_id in tally.found_by
    ]
    return _share(one not in ("holder", "buyer") for one in by)


def _audit(tallies: Sequence[Tally]) -> list[int]:
    """Return how many fakes the blind audit of what was allowed found, and its size."""
    audited = [one for tally in tallies for one in tally.audited]
    return [sum(one.fake for one in audited), len(audited)]


def _held_for(tallies: Sequence[Tally]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        genuine = {one.listing_id: one for one in tally.listings if not one.fake}
        for listing_id, seen in tally.held.items():
            if listing_id in genuine:
                counts[f"{genuine[listing_id].kind}: {' + '.join(seen.kinds)}"] += 1
    return dict(counts.most_common(20))


def _missed(tallies: Sequence[Tally]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        for one in tally.listings:
            seen = tally.last_seen.get(one.listing_id)
            if one.fake and not _is_gone(one) and seen and seen.outcome == PUBLISH:
                counts[
                    f"{one.how} | seen: {' + '.join(seen.kinds) or 'nothing'} {seen.permille}"
                ] += 1
    return dict(counts.most_common(40))


def _by(pairs: Iterable[tuple[str, bool]]) -> dict[str, list[float]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for name, value in pairs:
        groups[name].append(value)
    return {name: [_share(some), len(some)] for name, some in sorted(groups.items())}


def _share(values: Iterable[bool]) -> float:
    some = list(values)
    return round(sum(some) / len(some), 4) if some else 0.0


def _middle(ordered: Sequence[float]) -> dict[str, float]:
    if not ordered:
        return {}
    last = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return {"median": round(statistics.median(ordered), 2), "p95": round(last, 2)}


def _upper(hits: int, seen: int) -> float:
    """Return the upper 95 % bound; with no hit that is the rule of three."""
    if not seen:
        return 1.0
    return 3 / seen if not hits else min(1.0, (hits + 1.96 * (hits + 1) ** 0.5 + 1.92) / seen)


def lines(name: str, seen: dict[str, Any]) -> list[str]:
    """Return the figures as text for people."""
    said = [
        f"{name}: {seen['genuine']:,} genuine, {seen['fakes']:,} fakes of "
        f"{seen['campaigns']:,} campaigns"
    ]
    for key, value in seen.items():
        if isinstance(value, dict) and len(value) > 2:
            said += [f"  {key}:", *(f"    {one}: {found}" for one, found in value.items())]
        else:
            said.append(f"  {key}: {value}")
    return said


__all__ = ["Campaign", "figures", "lines"]
