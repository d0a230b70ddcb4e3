"""Figures of an evaluation in lines for a reader."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def photo_lines(found: dict[str, Any]) -> list[str]:
    """Return a table of recall by attack, and the costs."""
    lines = [
        _("%(queries)s photos looked at, %(negatives)s of them match nothing.") % found,
        f"{_('attack'):24} {_('policy'):>8} {_('at 1e-3'):>8} {_('at 1e-2'):>8} {_('photos'):>7}",
    ]
    ways = ("policy", "at_0.001", "at_0.01")
    for name, row in found["policy"]["attacks"].items():
        shares = [_share(found, way, name) for way in ways]
        lines.append(f"{name:24} {' '.join(shares)} {row['queries']:>7}")
    told = [way for way in ways if way in found and found[way]["macro_recall"] is not None]
    lines += [_summary(way, found[way]) for way in told]
    costs = ", ".join(f"{stage} {ms}" for stage, ms in found["ms_by_stage"].items())
    lines.append(
        _("CPU milliseconds a photo: %(all)s (%(costs)s)") % {"all": found["ms"], "costs": costs}
    )
    sizes = ", ".join(f"{what} {size:.0f}" for what, size in found["bytes_per_photo"].items())
    lines.append(_("Bytes a known photo: %(sizes)s") % {"sizes": sizes})
    return lines


def _share(found: dict[str, Any], way: str, attack: str) -> str:
    return f"{found[way]['attacks'][attack]['recall']:8.3f}" if way in found else f"{'-':>8}"


def _summary(way: str, one: dict[str, Any]) -> str:
    facts = {
        "way": way,
        "recall": f"{one['macro_recall']:.3f}",
        "alarms": one["false_alarms"],
        "upper": one["false_alarm_rate_upper"],
    }
    if facts["upper"] is None:
        return _("%(way)s: mean recall %(recall)s") % facts
    return (
        _("%(way)s: mean recall %(recall)s, %(alarms)s false alarms (rate at most %(upper)s)")
        % facts
    )


def title_lines(found: dict[str, Any]) -> list[str]:
    """Return recall by kind, alarms and time."""
    honest, ms = found["honest"], found["ms_a_title"]
    lines = [f"{_('kind'):24} {_('recall'):>8} {_('titles'):>8}"]
    for kind, row in found["kinds"].items():
        lines.append(
            f"{kind:24} {row['recall']:8.3f} {row['titles']:8} ({row['low']:.3f}-{row['high']:.3f})"
        )
    for what in ("disguises", "slips_and_glued"):
        facts = {
            "what": what,
            "titles": honest["titles"],
            "alarms": honest[what]["titles"],
            "upper": honest[what]["upper"],
        }
        lines.append(
            _("%(what)s: %(alarms)s alarms in %(titles)s honest titles (rate at most %(upper)s)")
            % facts
        )
    lines.append(_("CPU milliseconds a title: %(mean)s") % ms)
    return lines
