"""What search keeps of listings, in step with them.

Whoever changes a listing calls, in the same transaction and last of all, `index` (the listing is
locked) when words or photos may have changed or the listing comes on sale, `refresh` when only
prices or stock did, and `drop` when it leaves. Search rows are locked after everything else, in
primary-key order.
What the shop is (open, standing, country, name) is read from the shop itself at every search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from marketplace.listings.models import Listing, ListingState, SearchRow, SearchStars, SearchWord
from marketplace.listings.queries import facts, words
from marketplace.listings.rules import ranking
from marketplace.listings.rules import words as rules
from marketplace.money import currency_digits
from marketplace.rulebook import queries as rulebook

BATCH = 1_000
# A market of so many goods is counted at every look; a larger one by the clock.
EXACT_UP_TO = 5_000
_FACT_FIELDS = (
    "shop_id",
    "category_id",
    "currency",
    "lowest_price_minor",
    "highest_price_minor",
    "price_band",
    "in_stock",
    "thumb_name",
    "published_at",
    "sold",
    "stars_count",
    "stars_hundredths",
    "rank",
)
_UPSERT_FIELDS = [name.removesuffix("_id") for name in (*_FACT_FIELDS, "title_codes", "codes")]
# Each word with the number of goods that hold it; what no goods hold any more is forgotten.
_RECOUNT = """
    WITH held AS MATERIALIZED (
        SELECT code, count(*) AS listings
        FROM listings_searchrow, unnest(codes) AS code GROUP BY code
    )
    UPDATE listings_searchword word SET listings = coalesce(held.listings, 0)
    FROM listings_searchword twin LEFT JOIN held ON held.code = twin.codes[1]
    WHERE twin.id = word.id AND word.listings <> coalesce(held.listings, 0)
"""
_COUNT_CORNERS = """
    INSERT INTO listings_searchcount
        (category_id, shop_country, standing, currency, price_band, in_stock, listings)
    SELECT r.category_id, s.country, s.standing, r.currency, r.price_band, r.in_stock, count(*)
    FROM listings_searchrow r JOIN shops_shop s ON s.id = r.shop_id AND s.state = 'approved'
    WHERE (SELECT count(*) FROM listings_searchrow) > %s
    GROUP BY 1, 2, 3, 4, 5, 6
"""


@transaction.atomic
def index(*, listing_ids: Collection[int], at: datetime) -> int:
    """Write the search rows of these listings anew; those not on sale lose theirs.

    Returns how many have a row now. Safe to repeat.
    """
    if not listing_ids:
        return 0
    _lock(listing_ids)
    rows = _rows(listing_ids, at)
    drop(listing_ids=[pk for pk in listing_ids if pk not in rows])
    if rows:
        _write_words(rows)
        SearchRow.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["listing"],
            update_fields=_UPSERT_FIELDS,
        )
    return len(rows)


def drop(*, listing_ids: Collection[int]) -> None:
    """Take listings out of search. Safe to repeat."""
    if listing_ids:
        SearchRow.objects.filter(pk__in=listing_ids).delete()


@transaction.atomic
def refresh(*, listing_ids: Collection[int], at: datetime) -> int:
    """Renew prices, stock, stars and rank of listings that have a row; return how many changed.

    A row whose listing is not on sale any more goes.
    """
    present = {row.pk: row for row in _lock(listing_ids)}
    rows = _rows(present, at)
    gone = [pk for pk in present if pk not in rows]
    drop(listing_ids=gone)
    changed = [new for pk, new in rows.items() if _differs(present[pk], new)]
    SearchRow.objects.bulk_update(changed, _FACT_FIELDS)
    return len(changed) + len(gone)


def refresh_shop(*, shop_id: int, at: datetime, batch: int = BATCH) -> int:
    """Renew the rows of a shop's goods, a batch in each transaction; return how many changed."""
    after, changed = 0, 0
    mine = SearchRow.objects.filter(shop_id=shop_id).order_by("pk")
    while ids := list(mine.filter(pk__gt=after).values_list("pk", flat=True)[:batch]):
        changed += refresh(listing_ids=ids, at=at)
        after = ids[-1]
    return changed


@transaction.atomic
def set_stars(*, listing_id: int, count: int, hundredths: int, at: datetime) -> None:
    """Note a listing's reviews: how many count, and their weighed mean in 1/100 of a star."""
    SearchStars.objects.update_or_create(
        listing_id=listing_id, defaults={"count": count, "hundredths": hundredths}
    )
    refresh(listing_ids=[listing_id], at=at)


def reindex(*, at: datetime, after: int = 0, batch: int = BATCH) -> Iterator[int]:
    """Write every row anew, a batch in each transaction; yields the last id that is done.

    `after` goes on where a stopped one ended. Rows of listings that are gone from sale go too.
    """
    while True:
        every = Listing.objects.filter(pk__gt=after).order_by("pk")
        # Rows of what is not on sale any more lie in the same stretch of ids.
        on_sale = every.filter(Q(state=ListingState.LIVE) | Q(search_row__isnull=False))
        ids = list(on_sale.values_list("pk", flat=True)[:batch])
        if not ids:
            break
        _index_unlocked(ids, at)
        after = ids[-1]
        yield after
    recount(at=at)


def refresh_all(*, at: datetime, batch: int = BATCH) -> int:
    """Renew what time and other rooms changed in any row; heal missing rows; return how many.

    The clock calls it: freshness falls, shops grow older, trust moves, pieces are sold.
    """
    after, changed = 0, 0
    while ids := list(
        SearchRow.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch]
    ):
        changed += refresh(listing_ids=ids, at=at)
        after = ids[-1]
    missing = Listing.objects.filter(
        state=ListingState.LIVE, search_row=None, variants__isnull=False
    )
    ids = sorted(set(missing.values_list("pk", flat=True)[:batch]))
    return changed + _index_unlocked(ids, at)


@transaction.atomic
def recount(*, at: datetime) -> None:
    """Count words, and the corners of the market, anew."""
    del at
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT)
        cursor.execute("DELETE FROM listings_searchword WHERE listings = 0")
        cursor.execute("DELETE FROM listings_searchcount")
        cursor.execute(_COUNT_CORNERS, [EXACT_UP_TO])


# How a row is made -----------------------------------------------------------------------
@transaction.atomic
def _index_unlocked(listing_ids: Collection[int], at: datetime) -> int:
    """Index listings that the caller has not locked.

    Where no row is, no row can be locked: without the listing's own lock, goods that are taken
    off sale at this moment would get a row that nobody drops.
    """
    goods = Listing.objects.filter(pk__in=listing_ids).order_by("pk")
    list(goods.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return index(listing_ids=listing_ids, at=at)


def _lock(listing_ids: Iterable[int]) -> list[SearchRow]:
    """Lock search rows in primary-key order; the statement after sees whatever it waited for."""
    rows = SearchRow.objects.filter(pk__in=list(listing_ids)).order_by("pk")
    return list(rows.defer("codes", "title_codes").select_for_update(no_key=True))


def _rows(listing_ids: Iterable[int], at: datetime) -> dict[int, SearchRow]:
    """Compute rows without their words, by listing, in primary-key order."""
    weights = ranking.Weights.of(rulebook.values(ranking.KEYS, at=at))
    lines = facts.lines(listing_ids=listing_ids, weights=weights, at=at)
    return {line.listing_id: _row(line, weights, at) for line in lines}


def _row(line: facts.Line, weights: ranking.Weights, at: datetime) -> SearchRow:
    return SearchRow(
        listing_id=line.listing_id,
        shop_id=line.shop_id,
        category_id=line.category_id,
        currency=line.currency,
        lowest_price_minor=line.low,
        highest_price_minor=line.high,
        price_band=ranking.price_band(line.low, currency_digits(line.currency)),
        in_stock=line.free,
        thumb_name=line.thumb,
        published_at=line.published_at,
        sold=line.sold,
        stars_count=line.stars_count,
        stars_hundredths=line.stars_hundredths,
        rank=ranking.factors(line.facts(at), weights).rank,
    )


def _differs(old: SearchRow, new: SearchRow) -> bool:
    """Say whether a row must be written; its rank may be a little off, which nobody sees."""
    if any(getattr(old, name) != getattr(new, name) for name in _FACT_FIELDS if name != "rank"):
        return True
    return abs(old.rank - new.rank) * 1000 > ranking.RENEW_FROM * max(old.rank, new.rank)


def _write_words(rows: Mapping[int, SearchRow]) -> None:
    """Give rows the codes of their listings' words, and the vocabulary the words it lacks."""
    texts = Listing.objects.filter(pk__in=rows).values_list("pk", "title", "description")
    titles, wholes = {}, {}
    for pk, title, description in texts:
        titles[pk] = rules.held(title)
        wholes[pk] = list(dict.fromkeys([*titles[pk], *rules.held(description)]))
    vocabulary = {word for whole in wholes.values() for word in whole}
    codes = words.codes(vocabulary)
    for pk, row in rows.items():
        row.title_codes = sorted({code for word in titles[pk] for code in codes[word]})
        row.codes = sorted({code for word in wholes[pk] for code in codes[word]})
    known = SearchWord.objects.filter(word__in=vocabulary).values_list("word", flat=True)
    # In the order of the words, as whoever else adds them: nobody waits in a ring.
    new = sorted(vocabulary.difference(known))
    SearchWord.objects.bulk_create(
        (
            SearchWord(word=word, codes=list(codes[word]), near=list(rules.near(word)))
            for word in new
        ),
        ignore_conflicts=True,
    )
