"""Inspections, brought to a state by the services themselves."""

from datetime import timedelta
from uuid import uuid4

from antifake.inspections import services
from antifake.inspections.models import Inspection
from marketplace.accounts import services as accounts
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW
from tests.factories.orders import make_goods
from tests.factories.pictures import picture

QUESTION = "Is the bowl thrown by hand, of the clay that is named?"
WORDS = "I had the bowl in hand. The clay and the marks of the wheel are as named."


def make_inspector(*, at=NOW):
    """Somebody with the role."""
    inspector = make_person()
    accounts.grant_role(user_id=inspector.pk, role="inspector", by_id=None, at=at)
    return inspector


def make_inspection(listing=None, *, by=None, inspector=None, at=NOW, **fields) -> Inspection:
    """What a seller asked for, or staff (`by`, `case_id`); accepted when `inspector` is given."""
    listing = listing or make_goods().listing
    asked = {"listing_id": listing.pk, "question": QUESTION, "at": at, "key": uuid4(), **fields}
    if "case_id" in fields or "order_id" in fields:
        row = services.order(by_id=(by or make_staff()).pk, **asked)
    else:
        row = services.ask(by_id=(by or listing.shop.owner).pk, **asked)
    if inspector is not None:
        services.accept(inspection_id=row.pk, by_id=inspector.pk, at=at)
        row.refresh_from_db()
    return row


def send(row, *, giver="seller", taker="inspector", by=None, at=NOW, **fields):
    """One hand-over, written down by the inspector (by default)."""
    fields.setdefault("key", uuid4())
    return services.hand_over(
        inspection_id=row.pk,
        by_id=by.pk if by else row.inspector_id,
        giver=giver,
        taker=taker,
        seal_number=fields.pop("seal_number", "SEAL-1"),
        happened_at=fields.pop("happened_at", at),
        at=at,
        **fields,
    )


def make_result(row=None, *, outcome="genuine", at=NOW, photos=None):
    """A signed result of goods that came straight to the inspector."""
    row = row or make_inspection(inspector=make_inspector(at=at), at=at)
    if not row.hand_overs.exists():
        send(row, at=at)
    return services.conclude(
        inspection_id=row.pk,
        by_id=row.inspector_id,
        outcome=outcome,
        words=WORDS,
        photos=photos or [picture(77)],
        at=at + timedelta(hours=1),
    )


def one_of_each_inspected(shop, at) -> dict[str, object]:
    """An inspection under way and a result, by the names of their ids."""
    inspector = make_inspector(at=at)
    running = make_inspection(make_goods(shop=shop).listing, inspector=inspector, at=at)
    listing = make_goods(shop=shop).listing
    done = make_inspection(listing, inspector=inspector, at=at - timedelta(days=1))
    result = make_result(done, at=at - timedelta(days=1))
    return {
        "inspection": running.pk,
        "inspected": done.pk,
        "inspection_photo": done.photos.get().name,
        "result_code": result.code,
    }
