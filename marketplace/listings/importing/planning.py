"""What rows would do: match them with the shop's goods, and say what is new, changed or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from marketplace.listings import rules as listing_rules
from marketplace.listings.importing import rules
from marketplace.listings.importing.resource import LABELS, Goods, GoodsResource
from marketplace.listings.models import (
    GoodsImport,
    GoodsNumber,
    ImportRow,
    Listing,
    ListingState,
    SellerNumber,
    Variant,
    Verdict,
)

GONE = (ListingState.ENDED, ListingState.REMOVED)


@dataclass(slots=True)
class RowPlan:
    """One row: what it says, the choice it means, and how that would stand afterwards."""

    row: ImportRow
    said: Goods
    wrong: list[tuple[str, str]]
    variant: Variant | None = None
    before: Goods = field(default_factory=Goods)
    after: Goods = field(default_factory=Goods)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    takes_number: bool = False  # an own choice gets its number with this row

    def verdict(self) -> Verdict:
        """Say in one word what the row would do."""
        if self.wrong:
            return Verdict.WRONG
        if self.variant is None:
            return Verdict.NEW
        return Verdict.CHANGED if self.changes or self.takes_number else Verdict.UNCHANGED


@dataclass(slots=True)
class GroupPlan:
    """The rows of one listing; `listing` is None when it would be new."""

    listing: Listing | None
    rows: list[RowPlan]
    takes_number: bool = False

    def right(self) -> list[RowPlan]:
        """Return the rows that can be written."""
        return [plan for plan in self.rows if not plan.wrong]


class Planner:
    """Plans rows of one import, a batch of whole groups at a time."""

    def __init__(self, goods_import: GoodsImport, resource: GoodsResource) -> None:
        self.shop_id = goods_import.shop_id
        self.resource = resource
        self._all_rows = goods_import.rows
        self.columns: list[tuple[int, str]] = [
            (place, name) for place, name in enumerate(goods_import.columns) if name
        ]
        self.heads = {
            name: goods_import.headers[place] or str(LABELS[name]) for place, name in self.columns
        }
        self._numbers: dict[str, Variant] = {}
        self._goods: dict[str, Listing] = {}
        self._variants: dict[int, list[Variant]] = {}
        self._coded: set[int] = set()

    def plan(self, rows: Sequence[ImportRow]) -> list[GroupPlan]:
        """Return one plan for each group, in the rows' order."""
        plans = [self._parsed(row) for row in rows]
        self._load(plans)
        groups: dict[int, list[RowPlan]] = {}
        for plan in plans:
            groups.setdefault(plan.row.group_no, []).append(plan)
        found = [self._group(group) for group in groups.values()]
        self._refuse_twins(plans)
        return found

    def numbers(self, cells: Sequence[str]) -> Goods:
        """Read only the numbers of a row: of its choice and of its goods."""
        places = {name: place for place, name in self.columns if name in ("sku", "goods")}
        return self.resource.parse({name: cells[place] for name, place in places.items()}).said

    def photos(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return the photos that a row names, as the ZIP has them; none where a name is wrong."""
        named = {name: cells[place] for place, name in self.columns if name == "photos"}
        return self.resource.parse(named).said.photos or ()

    def head(self, name: str) -> str:
        """Return what the seller wrote above a column."""
        return self.heads.get(name, str(LABELS[name]))

    def _parsed(self, row: ImportRow) -> RowPlan:
        parsed = self.resource.parse({name: row.cells[place] for place, name in self.columns})
        plan = RowPlan(row, parsed.said, parsed.wrong)
        plan.wrong += [("sku", text) for text in row.undo.get("twin", [])]
        return plan

    def _load(self, plans: Sequence[RowPlan]) -> None:
        """Fetch all goods that these rows may mean, in a constant number of queries."""
        skus = {plan.said.sku for plan in plans if plan.said.sku}
        codes = {plan.said.goods for plan in plans if plan.said.goods}
        numbers = SellerNumber.objects.filter(shop_id=self.shop_id, code__in=skus)
        by_code = dict(numbers.values_list("code", "variant_id"))
        ours = {pk: sku for sku in skus if (pk := rules.our_number(sku, "choice")) is not None}
        goods = GoodsNumber.objects.filter(shop_id=self.shop_id, code__in=codes)
        listing_of = dict(goods.values_list("code", "listing_id"))
        for code in codes - listing_of.keys():
            pk = rules.our_number(code, "goods")
            if pk is not None:
                listing_of[code] = pk
        in_them = Variant.objects.filter(pk__in=[*by_code.values(), *ours])
        owners = set(
            in_them.filter(listing__shop_id=self.shop_id).values_list("listing", flat=True)
        )
        own = Listing.objects.filter(pk__in=owners | set(listing_of.values()), shop=self.shop_id)
        listings = {
            one.pk: one for one in own.exclude(state__in=GONE).select_related("goods_number")
        }
        self._variants = {pk: [] for pk in listings}
        by_pk: dict[int, Variant] = {}
        found = (
            Variant.objects.filter(listing__in=listings).prefetch_related("tiers").order_by("pk")
        )
        for variant in found:
            variant.listing = listings[variant.listing_id]
            self._variants[variant.listing_id].append(variant)
            by_pk[variant.pk] = variant
        self._coded = set(
            SellerNumber.objects.filter(variant__in=by_pk).values_list("variant_id", flat=True)
        )
        meant = {**{sku: pk for pk, sku in ours.items()}, **by_code}
        self._numbers = {sku: by_pk[pk] for sku, pk in meant.items() if pk in by_pk}
        self._goods = {code: listings[pk] for code, pk in listing_of.items() if pk in listings}

    def _group(self, plans: list[RowPlan]) -> GroupPlan:
        listing = self._listing_of(plans)
        group = GroupPlan(listing, plans)
        goods = next((plan.said.goods for plan in plans if plan.said.goods), None)
        ours = goods and rules.our_number(goods, "goods") is not None
        if listing is not None and goods and not ours and goods not in self._goods:
            group.takes_number = self._may_take(listing, plans)
        shared = self._shared_words(plans, listing)
        for plan in plans:
            self._choose(plan, listing)
            self._stand(plan, shared)
        self._refuse_names(plans, listing)
        if listing is None:
            self._refuse_headless(plans)
        for plan in plans:
            self._finish(plan)
        return group

    def _listing_of(self, plans: list[RowPlan]) -> Listing | None:
        for plan in plans:
            variant = self._numbers.get(plan.said.sku or "")
            named = self._goods.get(plan.said.goods or "")
            if variant is not None and named is not None and variant.listing_id != named.pk:
                text = _("“%(sku)s” is a choice of other goods, “%(title)s”, and cannot move.")
                told = {"sku": plan.said.sku, "title": variant.listing.title}
                plan.wrong.append(("goods", text % told))
            code = plan.said.goods or ""
            if named is None and rules.our_number(code, "goods") is not None:
                text = _("Your shop has no goods “%(code)s”; they may have ended.")
                plan.wrong.append(("goods", text % {"code": code}))
        named_first = [self._goods.get(plan.said.goods or "") for plan in plans]
        by_sku = [self._numbers.get(plan.said.sku or "") for plan in plans]
        found = next((listing for listing in named_first if listing is not None), None)
        return found or next((one.listing for one in by_sku if one is not None), None)

    def _may_take(self, listing: Listing, plans: list[RowPlan]) -> bool:
        """Say whether the listing has no number yet; else its rows are wrong."""
        present = getattr(listing, "goods_number", None)
        if present is None:
            return True
        for plan in plans:
            text = _("“%(title)s” has the number “%(code)s”; it cannot have two.")
            told = {"title": listing.title, "code": present.code}
            plan.wrong.append(("goods", text % told))
        return False

    def _shared_words(self, plans: list[RowPlan], listing: Listing | None) -> Goods:
        """Return title, shelf and description of the listing as these rows would have them."""
        shared = Goods()
        if listing is not None:
            shared = Goods(
                title=listing.title, shelf=listing.category_id, description=listing.description
            )
        for name in rules.WORDS:
            first = next((plan for plan in plans if getattr(plan.said, name) is not None), None)
            if first is None:
                continue
            shared = shared.with_said(first.said, name)
            for plan in plans:
                value = getattr(plan.said, name)
                if value is not None and value != getattr(first.said, name):
                    text = _("This differs from row %(row)d, which is of the same goods.")
                    plan.wrong.append((name, text % {"row": first.row.number}))
        return shared

    def _choose(self, plan: RowPlan, listing: Listing | None) -> None:
        """Find the choice that a row means: by its number, else by its name if that has none."""
        if plan.said.sku is None:
            if not any(name == "sku" for name, _text in plan.wrong):
                plan.wrong.append(("sku", _("Each row needs a number of its own.")))
            return
        plan.variant = self._numbers.get(plan.said.sku)
        if plan.variant is None and rules.our_number(plan.said.sku, "choice") is not None:
            text = _("Your shop has no goods “%(sku)s”; they may have ended.")
            plan.wrong.append(("sku", text % {"sku": plan.said.sku}))
        elif plan.variant is None and listing is not None:
            twins = [v for v in self._variants[listing.pk] if v.name == (plan.said.choice or "")]
            if twins and twins[0].pk not in self._coded:
                plan.variant, plan.takes_number = twins[0], True

    def _stand(self, plan: RowPlan, shared: Goods) -> None:
        """Work out how the row's choice stands before and after."""
        said = plan.said
        if plan.variant is None:
            plan.after = replace(said, title=shared.title, shelf=shared.shelf, seen=None)
            plan.after = replace(plan.after, description=shared.description or "")
            return
        plan.before = goods_of(plan.variant)
        after = plan.before.with_said(shared, *rules.WORDS)
        after = after.with_said(said, "choice", "price", "least", "low_stock", "photos")
        if any(getattr(said, name) is not None for name in rules.LADDER):
            after = replace(after, **{name: getattr(said, name) for name in rules.LADDER})
        if said.stock is not None:
            # By the difference when the row says what was there, so that what was sold since the
            # export is not put back on the shelf.
            seen = plan.before.stock if said.seen is None else said.seen
            after = replace(
                after, stock=max((plan.before.stock or 0) + said.stock - (seen or 0), 0)
            )
        plan.after = after

    def _refuse_names(self, plans: list[RowPlan], listing: Listing | None) -> None:
        """One listing has no two choices of one name, and no more choices than its form shows."""
        mine = {plan.variant.pk for plan in plans if plan.variant is not None}
        there = self._variants[listing.pk] if listing is not None else []
        taken = {variant.name: 0 for variant in there if variant.pk not in mine}
        for plan in plans:
            name = plan.after.choice or ""
            if name in taken:
                row = taken[name]
                text = _("Row %(row)d is the same choice of these goods.") % {"row": row}
                if not row:
                    text = _("These goods have this choice already, under another number.")
                plan.wrong.append(("choice", text))
            taken.setdefault(name, plan.row.number)
        if len(taken) > rules.MAX_CHOICES:
            text = _("Goods may have at most %(most)d choices.") % {"most": rules.MAX_CHOICES}
            for plan in plans[rules.MAX_CHOICES :]:
                plan.wrong.append(("goods", text))

    def _refuse_headless(self, plans: list[RowPlan]) -> None:
        """New goods need a title and a shelf from some row; without them none can be written."""
        first = plans[0]
        for name in ("title", "shelf"):
            if getattr(first.after, name) is None:
                if not any(known == name for known, _text in first.wrong):
                    first.wrong.append((name, _("New goods need this.")))
                for plan in plans[1:]:
                    text = _("This is missing in row %(row)d, the first of these goods.")
                    plan.wrong.append((name, text % {"row": first.row.number}))

    def _refuse_twins(self, plans: Sequence[RowPlan]) -> None:
        """One row alone changes a choice, however others name it: the first, as rows are planned.

        Each row keeps the choice it means, so that rows of other batches know.
        """
        meant = {plan.variant.pk for plan in plans if plan.variant is not None}
        others = self._all_rows.exclude(pk__in=[plan.row.pk for plan in plans])
        first: dict[int, tuple[int, int]] = {}
        for variant_id, group_no, number in (
            others.filter(variant__in=meant)
            .order_by("-group_no", "-number")
            .values_list("variant_id", "group_no", "number")
        ):
            first[variant_id] = (group_no, number)
        for plan in plans:
            plan.row.variant_id = plan.variant.pk if plan.variant is not None else None
            if plan.variant is None:
                continue
            place = (plan.row.group_no, plan.row.number)
            before = first.get(plan.variant.pk, place)
            first[plan.variant.pk] = min(before, place)
            if before < place and not plan.row.undo.get("twin"):
                text = _("Row %(row)d means the same choice already.") % {"row": before[1]}
                plan.wrong.append(("sku", text))
                plan.changes = []

    def _finish(self, plan: RowPlan) -> None:
        after = plan.after
        said_wrong = {name for name, _text in plan.wrong}
        if plan.variant is None and after.price is None and "price" not in said_wrong:
            plan.wrong.append(("price", _("New goods need this.")))
        if not said_wrong & {"price", "least", *rules.LADDER}:
            self._refuse_ladder(plan)
        plan.changes = []
        if plan.variant is not None and not plan.wrong:
            plan.changes = self.resource.differing(plan.before, after)

    def _refuse_ladder(self, plan: RowPlan) -> None:
        after = plan.after
        for step in (1, 2, 3):
            pieces, each = getattr(after, f"from_{step}"), getattr(after, f"each_{step}")
            if (pieces is None) != (each is None):
                lacking = f"from_{step}" if pieces is None else f"each_{step}"
                plan.wrong.append((lacking, _("A step needs both: pieces and price.")))
                return
        wrong = listing_rules.wrong_ladder(
            price_minor=after.price or 0, least=after.least or 1, tiers=after.ladder()
        )
        texts = {
            "quantity": (
                "from_1",
                _("Each step of the price ladder needs more pieces than the one before."),
            ),
            "price": (
                "each_1",
                _("Each step of the price ladder must cost less a piece than the one before."),
            ),
        }
        if wrong and after.price is not None:
            plan.wrong.append(texts[wrong])


def goods_of(variant: Variant) -> Goods:
    """Return a choice as the table shows it; its listing and tiers should be loaded."""
    listing = variant.listing
    steps: dict[str, Any] = {}
    for step, tier in enumerate(list(variant.tiers.all())[: rules.STEPS], start=1):
        steps[f"from_{step}"], steps[f"each_{step}"] = tier.from_quantity, tier.price_minor
    return Goods(
        title=listing.title,
        shelf=listing.category_id,
        description=listing.description,
        choice=variant.name,
        price=variant.price_minor,
        stock=variant.on_hand,
        least=variant.least_quantity,
        low_stock=variant.low_stock_at,
        **steps,
    )


def grouped(planner: Planner, rows: Iterable[tuple[int, Sequence[str]]]) -> list[tuple[int, str]]:
    """Return for each (number, cells) its group's number and what is wrong with its own number.

    Rows that name the same goods are one group; a row that names none is one of its own.
    """
    groups: dict[str, int] = {}
    first: dict[str, int] = {}
    found: list[tuple[int, str]] = []
    for number, cells in rows:
        said = planner.numbers(cells)
        key = f"goods:{said.goods}" if said.goods else f"row:{number}"
        twin = ""
        if said.sku and said.sku in first:
            twin = _("Row %(row)d has this number already.") % {"row": first[said.sku]}
        elif said.sku:
            first[said.sku] = number
        found.append((groups.setdefault(key, len(groups) + 1), twin))
    return found
