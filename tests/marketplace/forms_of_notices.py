"""The forms of rights, notices, reports and inspections, filled by holders, sellers and staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from antifake.inspections.models import Inspection
from antifake.notices import services
from antifake.notices.models import CounterNotice, Notice
from antifake.references.models import Right
from tests.factories.accounts import make_person, make_staff
from tests.factories.inspections import QUESTION, WORDS, make_inspection, make_inspector
from tests.factories.inspections import send as hand_over_goods
from tests.factories.notices import (
    PROOF,
    REASON,
    draft,
    make_goods,
    make_holder,
    make_right,
    send,
    trust_record,
)
from tests.factories.pictures import picture
from tests.factories.reports import make_goods_on_sale
from tests.marketplace.forms_that_count import Request, case, somebody

# They keep nothing, or something new each time.
NOT_COUNTED = {
    "notices:find": "shows goods that show a picture",
    "notices:end_agency": "writes one date, that of the first press",
    "notices:link": "makes a fresh link each time, which ends the one before",
}
NUMBERS = count(1)
ANSWER = "We bought them from the holder."


@dataclass(frozen=True)
class Paper:
    """A file that can be sent more than once, also by several people at once."""

    name: str
    content_type: str
    data: bytes

    def read(self) -> bytes:
        return self.data


CERTIFICATE = Paper("proof.pdf", "application/pdf", PROOF)


def a_right(*, verified: bool = True) -> Right:
    at, name = timezone.now() - timedelta(days=50), f"Nordvik {next(NUMBERS)}"
    return make_right(verified=verified, name=name, at=at)


def a_draft() -> Notice:
    return draft(a_right(), make_goods(), at=timezone.now())


def a_notice() -> Notice:
    """A notice that withholds one listing."""
    right, now = a_right(), timezone.now()
    trust_record(right, at=now)
    return send(right, make_goods(), at=now)


def an_answer() -> CounterNotice:
    item = a_notice().items.get()
    owner_id = item.listing.shop.owner_id
    return services.answer(item_id=item.pk, by_id=owner_id, text=ANSWER, at=timezone.now())


def of_right(name: str, **values: object) -> Request:
    right = a_right()
    page, there = (reverse(one, args=[right.pk]) for one in ("notices:right", name))
    return Request(somebody(right.owner), page, there, values)


def of_notice(name: str, notice: Notice, *more: int) -> Request:
    page = reverse("notices:notice", args=[notice.pk])
    return Request(somebody(notice.by), page, reverse(name, args=[notice.pk, *more]))


@case("notices:new_right")
def new_right() -> Request:
    there = reverse("notices:new_right")
    said = {"kind": "trademark", "name": "Nordvik", "holder": "Nordvik Strikk", "number": "NO-1"}
    said |= {"expires_on": "2035-01-01", "proof": CERTIFICATE}
    return Request(somebody(make_holder()), there, there, said)


@case("notices:add_photo")
def add_photo() -> Request:
    return of_right(
        "notices:add_photo", photo=Paper("star.jpg", "image/jpeg", picture(next(NUMBERS)))
    )


@case("notices:add_wording")
def add_wording() -> Request:
    return of_right("notices:add_wording", text="eight-pointed star")


@case("notices:agents")
def agents() -> Request:
    there = reverse("notices:agents")
    return Request(somebody(make_holder()), there, there, {"email": make_person().email})


@case("notices:new")
def new() -> Request:
    right, there = a_right(), reverse("notices:new")
    trust_record(right, at=timezone.now())
    (goods,) = make_goods()
    said = {"links": f"/l/{goods.pk}/", "reason": REASON, "sworn_name": "I N"}
    return Request(somebody(right.owner), there, there, {**said, "good_faith": "on", "do": "send"})


@case("notices:choose")
def choose() -> Request:
    right, (goods,) = a_right(), make_goods(filler=0)
    page = f"{reverse('notices:find')}?q={goods.title}"
    return Request(somebody(right.owner), page, reverse("notices:choose"))


@case("notices:notice")
def notice() -> Request:
    wanted = of_notice("notices:notice", a_draft())
    wanted.values |= {"good_faith": "on", "do": "send"}
    return wanted


@case("notices:remove")
def remove() -> Request:
    found = a_draft()
    return of_notice("notices:remove", found, found.items.get().listing_id)


@case("notices:withdraw")
def withdraw() -> Request:
    return of_notice("notices:withdraw", a_notice())


@case("notices:answer")
def answer() -> Request:
    item = a_notice().items.get()
    there = reverse("notices:answer", args=[item.pk])
    said = {"text": ANSWER, "evidence": CERTIFICATE}
    return Request(somebody(item.listing.shop.owner), there, there, said)


@case("notices:counter")
def counter() -> Request:
    found = an_answer()
    there = reverse("notices:counter", args=[found.pk])
    said = {"text": "We know no such invoice.", "do": "reply"}
    return Request(somebody(found.item.notice.by), there, there, said)


def at_the_desk(name: str, right: Right, **values: object) -> Request:
    page = reverse("admin:references_right_change", args=[right.pk])
    return Request(somebody(make_staff()), page, reverse(name, args=[right.pk]), values)


@case("admin:notices_verify")
def verify() -> Request:
    return at_the_desk("admin:notices_verify", a_right(verified=False))


@case("admin:notices_refuse")
def refuse() -> Request:
    note = "The certificate names somebody else."
    return at_the_desk("admin:notices_refuse", a_right(verified=False), note=note)


@case("admin:notices_strike")
def strike() -> Request:
    found = a_notice()
    page = reverse("admin:notices_notice_change", args=[found.pk])
    said = {"act": "knowing", "facts": "The holder had sold them these very goods."}
    there = reverse("admin:notices_strike", args=[found.pk])
    return Request(somebody(make_staff()), page, there, said)


@case("reports:report")
def report() -> Request:
    there = reverse("reports:report", args=[make_goods_on_sale().pk])
    return Request(Client(), there, there, {"reason": "fake", "text": "The logo is misspelt."})


@case("inspections:mine")
def ask() -> Request:
    listing, there = make_goods_on_sale(), reverse("inspections:mine")
    said = {"listing": str(listing.pk), "question": QUESTION}
    return Request(somebody(listing.shop.owner), there, f"{there}#ask", said)


@case("inspections:order")
def order() -> Request:
    there = reverse("inspections:order", args=[make_goods_on_sale().pk])
    return Request(somebody(make_staff()), there, there, {"question": QUESTION})


def of_inspector(name: str, row: Inspection, **values: object) -> Request:
    page = reverse("inspections:detail", args=[row.pk])
    return Request(somebody(row.inspector), page, reverse(name, args=[row.pk]), values)


def an_inspection(*, is_there: bool = False) -> Inspection:
    now = timezone.now()
    row = make_inspection(inspector=make_inspector(at=now), at=now)
    if is_there:
        hand_over_goods(row, at=now)
    return row


@case("inspections:accept")
def accept() -> Request:
    row = make_inspection(at=timezone.now())
    row.inspector = make_inspector(at=timezone.now())  # not saved: whoever looks at it
    return of_inspector("inspections:accept", row)


@case("inspections:hand_over")
def hand_over() -> Request:
    return of_inspector("inspections:hand_over", an_inspection(), seal_number="SEAL-1")


@case("inspections:conclude")
def conclude() -> Request:
    photo = Paper("bowl.jpg", "image/jpeg", picture(7))
    said = {"outcome": "genuine", "words": WORDS, "photos": photo}
    return of_inspector("inspections:conclude", an_inspection(is_there=True), **said)
