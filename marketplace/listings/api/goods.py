"""A seller's own goods: the same services as the pages, for programs."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.once import once, once_outside
from marketplace.developers.ground.schema import described
from marketplace.developers.models import Scope
from marketplace.errors import BadInput
from marketplace.listings.api import shapes
from marketplace.listings.models import Category, Listing, Photo, Variant
from marketplace.listings.services import listing as listings
from marketplace.listings.services import locks, photos, pictures
from marketplace.shops.api import shops_of
from marketplace.shops.rules import Act

_TAG = "Own goods"
_BODY_OF_PHOTO = pictures.MAX_BYTES + 100_000


class GoodsView(ApiView):
    """Own goods."""

    scopes = {"get": Scope.GOODS_READ, "post": Scope.GOODS_WRITE}

    @described("listGoods", tag=_TAG, gives=paging.paged(shapes.GoodShape), query=shapes.OwnQuery)
    def get(self, request: Request) -> Response:
        """Own goods in every state, the newest first."""
        query = paging.asked(request, shapes.OwnQuery)
        rows = _own(request, Act.SEE_LISTINGS)
        if query.get("state"):
            rows = rows.filter(state=query["state"])
        found, following = paging.newest_first(rows, query)
        items = [shapes.GoodShape(shapes.whole(one)).data for one in found]
        return Response({"items": items, "next": following})

    @described(
        "createGood", tag=_TAG, takes=shapes.NewGoodShape, gives=shapes.GoodShape, status=201
    )
    @once
    def post(self, request: Request) -> Response:
        """Start a draft. Nobody sees it until it is posted and has passed the check."""
        sent = self.sent(shapes.NewGoodShape)
        shop = shops_of(request, Act.EDIT_LISTINGS).filter(slug=sent["shop"]).first()
        if shop is None:
            raise BadInput(_("This is not a shop whose goods you may edit."), "shop")
        draft = listings.create_draft(
            shop_id=shop.pk,
            by_id=self.user_id(),
            category_id=_shelf(sent["category"]).pk,
            title=sent["title"],
            description=sent["description"],
            at=timezone.now(),
        )
        return _answer(request, draft.pk, status=201)

    def recall(self, answer: Any, **_named: Any) -> Any:
        """Return it to whoever may see the goods still."""
        _one(self.request, answer["id"], Act.SEE_LISTINGS)
        return answer


class OneGoodView(ApiView):
    """One of one's own goods."""

    scopes = {"get": Scope.GOODS_READ, "patch": Scope.GOODS_WRITE}

    @described("getGood", tag=_TAG, gives=shapes.GoodShape)
    def get(self, request: Request, id: int) -> Response:
        """One of your goods."""
        return _answer(request, id)

    @described("changeGood", tag=_TAG, takes=shapes.ChangeShape, gives=shapes.GoodShape)
    def patch(self, request: Request, id: int) -> Response:
        """Change words or category. Goods on sale wait for a new check first."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        sent = self.sent(shapes.ChangeShape)
        shelf = _shelf(sent["category"]).pk if "category" in sent else good.category_id
        listings.edit(
            listing_id=good.pk,
            by_id=self.user_id(),
            category_id=shelf,
            title=sent.get("title", good.title),
            description=sent.get("description", good.description),
            at=timezone.now(),
        )
        return _answer(request, id)


class VariantsView(ApiView):
    """Choices, prices and stock."""

    scopes = {"put": Scope.GOODS_WRITE}

    @described("setVariants", tag=_TAG, takes=shapes.VariantsIn, gives=shapes.GoodShape)
    def put(self, request: Request, id: int) -> Response:
        """Write prices, stock and names of choices, all of it or nothing."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        rows = self.sent(shapes.VariantsIn)["variants"]
        present = {one.pk: one for one in good.variants.all()}
        listings.set_variants(
            listing_id=good.pk,
            by_id=self.user_id(),
            rows=[_row(one, present) for one in rows],
            at=timezone.now(),
        )
        return _answer(request, id)


class PhotosView(ApiView):
    """Photos of one's own goods."""

    scopes = {"post": Scope.GOODS_WRITE}
    parser_classes = [MultiPartParser]
    body_max = _BODY_OF_PHOTO

    @described(
        "addPhoto",
        tag=_TAG,
        takes={"multipart/form-data": shapes.PhotoIn},
        gives=shapes.PhotoShape,
        status=201,
    )
    @once_outside
    def post(self, request: Request, id: int) -> Response:
        """Add a photo at the end. The same picture twice is one photo."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        upload = self.sent(shapes.PhotoIn)["photo"]
        if upload.size > pictures.MAX_BYTES:
            raise pictures.too_large()
        added = photos.add_photo(
            listing_id=good.pk, data=upload.read(), by_id=self.user_id(), at=timezone.now()
        )
        return Response(shapes.PhotoShape(shapes.photo(added)).data, status=201)

    def recall(self, answer: Any, **named: Any) -> Any:
        """Return it to whoever may see the goods still."""
        _one(self.request, named["id"], Act.SEE_LISTINGS)
        return answer


class PhotoView(ApiView):
    """One photo."""

    scopes = {"delete": Scope.GOODS_WRITE}

    @described("removePhoto", tag=_TAG, status=204)
    def delete(self, request: Request, id: int, photo_id: int) -> Response:
        """Take a photo off."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        photo = Photo.objects.filter(listing=good, pk=photo_id).first()
        if photo is None:
            raise Http404
        photos.remove_photo(photo_id=photo.pk, by_id=self.user_id(), at=timezone.now())
        return Response(status=204)


class PostView(ApiView):
    """A draft on its way to be sold."""

    scopes = {"post": Scope.GOODS_WRITE}

    @described("postGood", tag=_TAG, gives=shapes.GoodShape)
    @once
    def post(self, request: Request, id: int) -> Response:
        """Hand a draft over for the check; mostly within a minute it is on sale."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        listings.post(listing_id=good.pk, by_id=self.user_id(), at=timezone.now())
        return _answer(request, id)

    def recall(self, answer: Any, **named: Any) -> Any:
        """Return it to whoever may see the goods still."""
        _one(self.request, named["id"], Act.SEE_LISTINGS)
        return answer


class EndView(ApiView):
    """Goods that are sold no more."""

    scopes = {"post": Scope.GOODS_WRITE}

    @described("endGood", tag=_TAG, gives=shapes.GoodShape)
    @once
    def post(self, request: Request, id: int) -> Response:
        """Take goods off for good."""
        good = _one(request, id, Act.EDIT_LISTINGS)
        listings.end(listing_id=good.pk, by_id=self.user_id(), at=timezone.now())
        return _answer(request, id)

    def recall(self, answer: Any, **named: Any) -> Any:
        """Return it to whoever may see the goods still."""
        _one(self.request, named["id"], Act.SEE_LISTINGS)
        return answer


class StockView(ApiView):
    """Stock of many choices."""

    scopes = {"post": Scope.GOODS_WRITE}

    @described("countStock", tag=_TAG, takes=shapes.CountsIn, gives=shapes.CountsShape)
    @once
    def post(self, request: Request) -> Response:
        """Write the stock of up to 500 choices, all of it or nothing."""
        counts = {one["variant_id"]: one for one in self.sent(shapes.CountsIn)["counts"]}
        own = _own(request, Act.COUNT_STOCK)
        known = Variant.objects.filter(pk__in=counts, listing__in=own).order_by("listing_id", "pk")
        per_listing: dict[int, dict[int, tuple[int, int]]] = {}
        for variant in known:
            one = counts[variant.pk]
            pair = (one.get("seen", variant.on_hand), one["counted"])
            per_listing.setdefault(variant.listing_id, {})[variant.pk] = pair
        if len(known) < len(counts):
            raise BadInput(_("Some of these choices are not yours to count."), "counts")
        with transaction.atomic():
            locks.whole(listing_ids=per_listing)
            for listing_id, wanted in per_listing.items():
                listings.count_stock(
                    listing_id=listing_id, counts=wanted, by_id=self.user_id(), at=timezone.now()
                )
        items = Variant.objects.filter(pk__in=counts).order_by("pk")
        shown = [
            {"variant_id": one.pk, "on_hand": one.on_hand, "reserved": one.reserved}
            for one in items
        ]
        return Response(shapes.CountsShape({"items": shown}).data)

    def recall(self, answer: Any, **_named: Any) -> Any:
        """Return it to whoever may count all of it still."""
        asked = {one["variant_id"] for one in answer["items"]}
        own = Variant.objects.filter(pk__in=asked, listing__in=_own(self.request, Act.COUNT_STOCK))
        if own.count() < len(asked):
            raise Http404
        return answer


def _own(request: Request, act: Act) -> Any:
    rows = Listing.objects.filter(shop__in=shops_of(request, act))
    return rows.select_related("shop", "category").prefetch_related("photos", "variants__tiers")


def _one(request: Request, listing_id: int, act: Act) -> Listing:
    found: Listing | None = _own(request, act).filter(pk=listing_id).first()
    if found is None:
        raise Http404
    return found


def _answer(request: Request, listing_id: int, *, status: int = 200) -> Response:
    found = _one(request, listing_id, Act.SEE_LISTINGS)
    return Response(shapes.GoodShape(shapes.whole(found)).data, status=status)


def _shelf(slug: str) -> Category:
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise BadInput(_("There is no such category."), "category")
    return found


def _row(one: dict[str, Any], present: dict[int, Variant]) -> listings.VariantRow:
    known = present.get(one.get("id", 0))
    tiers = one.get("tiers")
    ladder = None if tiers is None else tuple((t["from_quantity"], t["price_minor"]) for t in tiers)
    return listings.VariantRow(
        name=one["name"],
        price_minor=one["price_minor"],
        on_hand=one["on_hand"],
        variant_id=one.get("id"),
        seen_on_hand=one.get("seen_on_hand", known.on_hand if known else 0),
        tiers=_kept(known) if ladder is None and _says_more(one) else ladder,
        least_quantity=one.get("least_quantity", known.least_quantity if known else None),
        low_stock_at=one.get("low_stock_at"),
    )


def _says_more(one: dict[str, Any]) -> bool:
    """The service writes smallest order and warning together with the ladder."""
    return "least_quantity" in one or "low_stock_at" in one


def _kept(known: Variant | None) -> tuple[tuple[int, int], ...]:
    tiers = known.tiers.all() if known else ()
    return tuple((one.from_quantity, one.price_minor) for one in tiers)
