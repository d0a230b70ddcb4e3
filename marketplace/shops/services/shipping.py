"""How a shop sends its goods, at what price, and what it takes off for large orders.

Orders keep what was chosen (name, price, longest time) for themselves, so a change here touches
no order that was placed.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.outbox import services as outbox
from marketplace.shops import queries, rules
from marketplace.shops.models import Discount, ShippingMethod, Shop
from marketplace.shops.rules import Act, Sending
from marketplace.shops.services.shop import locked


@transaction.atomic
def add_method(*, shop_id: int, by_id: int, sending: Sending, at: datetime) -> ShippingMethod:
    """Offer one more way of sending; a name that was stopped comes back with the new facts.

    Safe to repeat: the same name with the same facts is returned untouched. Raises NotAllowed to
    all but owners, BadInput for impossible facts, a name in use or too many ways.
    """
    shop = _own(shop_id, by_id, sending)
    method = shop.shipping_methods.filter(name__iexact=sending.name).first()
    if method is not None and method.active:
        if _facts(method) == sending:
            return method
        raise BadInput(_("You have a way of sending with this name already."), field="name")
    if shop.shipping_methods.filter(active=True).count() >= rules.SHIPPING_METHODS_MAX:
        raise BadInput(
            _("A shop may offer %(max)s ways of sending.") % {"max": rules.SHIPPING_METHODS_MAX}
        )
    method = _write(method or ShippingMethod(shop=shop), sending)
    _record("shipping.added", method, by_id, at=at)
    return method


@transaction.atomic
def change_method(*, method_id: int, by_id: int, sending: Sending, at: datetime) -> ShippingMethod:
    """Give a way of sending other facts; carts show them at once. Safe to repeat.

    Raises NotAllowed to all but owners, BadInput for impossible facts, a name that another way
    has, or a way that was stopped.
    """
    shop_id = ShippingMethod.objects.values_list("shop_id", flat=True).get(pk=method_id)
    shop = _own(shop_id, by_id, sending)
    method = shop.shipping_methods.get(pk=method_id)
    if not method.active:
        raise BadInput(_("This way of sending was stopped. Add it again."))
    if _facts(method) == sending:
        return method
    others = shop.shipping_methods.exclude(pk=method.pk)
    if others.filter(name__iexact=sending.name).exists():
        raise BadInput(_("You have a way of sending with this name already."), field="name")
    _record("shipping.changed", _write(method, sending), by_id, at=at)
    return method


@transaction.atomic
def stop_method(*, method_id: int, by_id: int, at: datetime) -> None:
    """Offer a way of sending no more. Safe to repeat. Raises NotAllowed to all but owners."""
    shop_id = ShippingMethod.objects.values_list("shop_id", flat=True).get(pk=method_id)
    locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.SET_PRICES)
    method = ShippingMethod.objects.get(pk=method_id)
    if method.active:
        method.active = False
        method.save(update_fields=["active"])
        _record("shipping.stopped", method, by_id, at=at)


@transaction.atomic
def give_discount(
    *, shop_id: int, by_id: int, percent_bp: int, from_minor: int, at: datetime
) -> Discount:
    """Take off `percent_bp` (ten-thousandths) from goods worth `from_minor` or more, from now on.

    Safe to repeat: the same discount is returned untouched; another percentage for the same sum
    takes the old one's place. Raises NotAllowed to all but owners, BadInput for a part that is
    none of the whole.
    """
    locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.SET_PRICES)
    if not 0 < percent_bp <= rules.DISCOUNT_MAX_BP:
        raise BadInput(
            _("Choose between 1 and %(most)s percent.") % {"most": rules.DISCOUNT_MAX_BP // 100},
            field="percent",
        )
    running = queries.discounts_of(shop_id=shop_id, at=at).filter(from_minor=from_minor)
    same = running.filter(percent_bp=percent_bp).first()
    if same is not None:
        return same
    running.update(until=at)
    made = Discount.objects.create(
        shop_id=shop_id, percent_bp=percent_bp, from_minor=from_minor, since=at
    )
    data: dict[str, object] = {"percent_bp": percent_bp, "from_minor": from_minor}
    _log("discount.given", made.shop.ref, by_id, data, at=at)
    return made


@transaction.atomic
def end_discount(*, discount_id: int, by_id: int, at: datetime) -> None:
    """End a discount now. Safe to repeat. Raises NotAllowed to all but owners."""
    shop_id = Discount.objects.values_list("shop_id", flat=True).get(pk=discount_id)
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.SET_PRICES)
    if queries.discounts_of(shop_id=shop_id, at=at).filter(pk=discount_id).update(until=at):
        _log("discount.ended", shop.ref, by_id, {"discount_id": discount_id}, at=at)


def _own(shop_id: int, by_id: int, sending: Sending) -> Shop:
    """Return the shop, locked, once it is sure that the person may and the facts can be."""
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.SET_PRICES)
    match rules.sending_problem(sending):
        case "name":
            raise BadInput(_("Give it a name of 2 to 80 letters."), field="name")
        case "days":
            raise BadInput(
                _("The shortest time cannot be longer than the longest."), field="days_max"
            )
        case "too_long":
            raise BadInput(
                _("Nothing may be on the way for more than %(most)s days.")
                % {"most": rules.DAYS_MAX},
                field="days_max",
            )
        case "countries":
            raise BadInput(_("We do not know this country."), field="countries")
        case "price":
            raise BadInput(_("Shipping cannot cost less than nothing."), field="first")
    return shop


def _facts(method: ShippingMethod) -> Sending:
    return Sending(
        name=method.name,
        carrier=method.carrier,
        countries=tuple(method.countries),
        first_minor=method.first_minor,
        each_further_minor=method.each_further_minor,
        free_from_minor=method.free_from_minor,
        days_min=method.days_min,
        days_max=method.days_max,
        tracked=method.tracked,
    )


def _write(method: ShippingMethod, sending: Sending) -> ShippingMethod:
    method.name, method.carrier = sending.name, sending.carrier
    method.countries = list(sending.countries)
    method.first_minor = sending.first_minor
    method.each_further_minor = sending.each_further_minor
    method.free_from_minor = sending.free_from_minor
    method.days_min, method.days_max = sending.days_min, sending.days_max
    method.tracked, method.active = sending.tracked, True
    method.save()
    return method


def _record(action: str, method: ShippingMethod, by_id: int, *, at: datetime) -> None:
    data: dict[str, object] = {
        "method_id": method.pk,
        "name": method.name,
        "first_minor": method.first_minor,
    }
    _log(action, f"shop:{method.shop_id}", by_id, data, at=at)


def _log(action: str, subject: str, by_id: int, data: dict[str, object], *, at: datetime) -> None:
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)
