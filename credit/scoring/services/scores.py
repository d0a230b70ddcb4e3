"""Looking again at a shop's facts, and keeping what comes out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from credit.scoring import queries, rules
from credit.scoring.models import InstalmentNote, KeptCard, NoteKind, Score
from credit.scoring.rules.sources import without
from marketplace.shops import services as shops
from marketplace.shops.models import Shop


@transaction.atomic
def rescore(*, shop_id: int, cause: str, at: datetime) -> Score:
    """Compute a shop's score from its facts and keep it when anything about it changed.

    Safe to repeat. The shop's row is locked before its facts are read, so that of two
    rescores the later one sees the newer facts; not its key, which every checkout needs. The
    public band follows the score. Rows whose facts are disputed stay as they are.
    """
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    off = sorted(queries.attributes_off(shop_id))
    features = without(queries.features(shop_id, at), off)
    # A source that is off is not looked at, disputed or not.
    frozen = {key: row for key, row in queries.frozen_rows(shop_id).items() if key not in off}
    scored = rules.score(features, frozen=frozen)
    newest = queries.current(shop_id)
    card = rules.shop_card()
    if newest is None or newest.table_hash != card.hash:
        keep_card(card=card, at=at)
    if newest is None or not _same(newest, scored, card.hash, off):
        newest = Score.objects.create(
            shop_id=shop_id,
            points=scored.points,
            band=scored.band,
            table_hash=card.hash,
            codes=scored.codes,
            features={**features.values(), **({"off": off} if off else {})},
            contributions=scored.contributions,
            frozen=sorted(frozen),
            cause=cause,
            at=at,
        )
    shops.set_credit_band(shop_id=shop_id, band=scored.band, at=at)
    return newest


@transaction.atomic
def note_instalment(
    *, shop_id: int, key: str, kind: str, days_late: int = 0, at: datetime
) -> InstalmentNote:
    """Keep what a loan says about its borrower: an instalment paid, or late so many days.

    `kind` is one of NoteKind. Safe to repeat: `key` names the fact. The shop is scored anew.
    """
    note, created = InstalmentNote.objects.get_or_create(
        key=key,
        defaults={
            "shop_id": shop_id,
            "kind": NoteKind(kind),
            "days_late": days_late,
            "at": at,
        },
    )
    if created:
        rescore(shop_id=shop_id, cause=f"instalment.{kind}", at=at)
    return note


def keep_card(*, card: rules.ShopCard, at: datetime) -> None:
    """Keep a card, once, so that its scores can be replayed."""
    row = KeptCard(hash=card.hash, card=dict(card.plain), at=at)
    KeptCard.objects.bulk_create([row], ignore_conflicts=True)


def _same(kept: Score, scored: rules.ShopScore, card_hash: str, off: list[str]) -> bool:
    return (
        kept.points,
        kept.band,
        bytes(kept.codes),
        kept.table_hash,
        kept.features.get("off", []),
    ) == (scored.points, scored.band, scored.codes, card_hash, off)
