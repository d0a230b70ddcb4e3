"""Opening a dispute, its page for both sides, and what either may do there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.care import forms, queries
from marketplace.care.models import Dispute, DisputeState, Offer, OfferState, Ruling, Side
from marketplace.care.services import evidence, opening, returns, rulings, talk
from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings import serving
from marketplace.listings.services import pictures
from marketplace.orders.models import Order
from marketplace.orders.queries import visible_to
from marketplace.talk import queries as talk_room

A_PAGE = 30


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """All disputes of a person, bought and sold, the newest first."""
    page = Paginator(queries.disputes_of(request.user.pk), A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [(one, queries.clock_words(one, at=now)) for one in page]
    return render(request, "care/mine.html", {"page_obj": page, "rows": rows})


@require_safe
@login_required
def of_order(request: SignedInRequest, order_id: int) -> HttpResponse:
    """What a buyer can do after the sale of one order; a fragment of the order's page."""
    order = get_object_or_404(visible_to(request.user.pk), pk=order_id)
    is_buyer = order.buyer_id == request.user.pk
    disputes = queries.disputes_of(request.user.pk).filter(order=order)
    context = {
        "order": order,
        "disputes": disputes,
        "may_dispute": is_buyer and not queries.why_no_dispute(order, at=timezone.now()),
        "reviewable": queries.reviewable_lines(order) if is_buyer else [],
    }
    part = "care/partials/of_order.html" if request.htmx else "care/of_order.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_one(request: SignedInRequest, order_id: int) -> HttpResponse:
    """The buyer says what is wrong."""
    bought = Order.objects.filter(buyer=request.user).select_related("shop")
    order = get_object_or_404(bought.prefetch_related("lines"), pk=order_id)
    if request.method == "POST":
        form = forms.OpenForm(request.POST, request.FILES, order=order)
        made = _opened(request, order, form)
        if made is not None:
            messages.success(request, _("The dispute is open. The shop has been told."))
            return redirect("care:dispute", made.pk)
        return _open_page(request, order, form, status=422)
    refusal = queries.why_no_dispute(order, at=timezone.now())
    if refusal:
        messages.error(request, refusal)
        return redirect("orders:detail", order_id=order.pk)
    line = request.GET.get("line", "")
    form = forms.OpenForm(order=order, initial={"line": line})
    return _open_page(request, order, form)


def _open_page(
    request: SignedInRequest, order: Order, form: forms.OpenForm, status: int = 200
) -> HttpResponse:
    left = queries.left_of(order=order, line=None)
    context = {"order": order, "form": form, "left_minor": left.amount_minor}
    return render(request, "care/open.html", context, status=status)


def _opened(request: SignedInRequest, order: Order, form: forms.OpenForm) -> Dispute | None:
    if not form.is_valid():
        return None
    cleaned = form.cleaned_data
    try:
        return opening.open_dispute(
            order_id=order.pk,
            by_id=request.user.pk,
            key=str(cleaned["key"]),
            line_id=cleaned["line"],
            reason=cleaned["reason"],
            wants=cleaned["wants"],
            amount_minor=cleaned["amount"],
            text=cleaned["text"],
            photos=_bytes(cleaned["photos"]),
            at=timezone.now(),
        )
    except MarketplaceError as error:
        _refused(form, error)
        return None


@require_safe
@login_required
def dispute(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """The dispute as its two sides see it: the clock, the timeline, what one may do."""
    return _page(request, _found(request, dispute_id))


@require_POST
@login_required
def say(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """Words and photos."""
    found = _found(request, dispute_id)
    form = forms.SayForm(request.POST, request.FILES)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            talk.say(
                dispute_id=found.pk,
                by_id=request.user.pk,
                key=str(cleaned["key"]),
                text=cleaned["text"],
                photos=_bytes(cleaned["photos"]),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            _refused(form, error)
    return _after(request, found, form, _("Sent."), say_form=form)


@require_POST
@login_required
def offer(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """A proposal."""
    found = _found(request, dispute_id)
    form = forms.OfferForm(request.POST, dispute=found)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            talk.offer(
                dispute_id=found.pk,
                by_id=request.user.pk,
                key=str(cleaned["key"]),
                kind=cleaned["kind"],
                amount_minor=cleaned["amount"],
                text=cleaned["text"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            _refused(form, error)
    return _after(request, found, form, _("The other side has your offer."), offer_form=form)


@require_POST
@login_required
def accept(request: SignedInRequest, offer_id: int) -> HttpResponse:
    """Yes to the other side's offer."""
    found = _offer(request, offer_id)
    return _act(
        request,
        found.dispute_id,
        lambda at: talk.accept(offer_id=found.pk, by_id=request.user.pk, at=at),
        _("You agreed."),
    )


@require_POST
@login_required
def refuse(request: SignedInRequest, offer_id: int) -> HttpResponse:
    """No to the other side's offer."""
    found = _offer(request, offer_id)
    text = _cleaned(forms.RefuseForm(request.POST), "text")
    return _act(
        request,
        found.dispute_id,
        lambda at: talk.refuse(offer_id=found.pk, by_id=request.user.pk, text=text, at=at),
        _("The other side has been told."),
    )


@require_POST
@login_required
def escalate(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """Staff shall decide."""
    found = _found(request, dispute_id)
    text = _cleaned(forms.EscalateForm(request.POST), "text")
    return _act(
        request,
        found.pk,
        lambda at: talk.escalate(dispute_id=found.pk, by_id=request.user.pk, text=text, at=at),
        _("Our staff decide now. You can still agree with each other."),
    )


@require_POST
@login_required
def withdraw(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """The buyer gives it up."""
    found = _found(request, dispute_id)
    return _act(
        request,
        found.pk,
        lambda at: talk.withdraw(dispute_id=found.pk, by_id=request.user.pk, at=at),
        _("The dispute is withdrawn. The order goes on."),
    )


@require_POST
@login_required
def say_where(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """The shop's address for the goods."""
    found = _found(request, dispute_id)
    address = _cleaned(forms.AddressForm(request.POST), "address")
    return _act(
        request,
        found.pk,
        lambda at: returns.say_where(
            dispute_id=found.pk, by_id=request.user.pk, address=address, at=at
        ),
        _("The buyer has the address."),
    )


@require_POST
@login_required
def send_back(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """The buyer sent the goods."""
    found = _found(request, dispute_id)
    form = forms.ParcelForm(request.POST)
    carrier, tracking = _cleaned(form, "carrier"), _cleaned(form, "tracking")
    return _act(
        request,
        found.pk,
        lambda at: returns.send_back(
            dispute_id=found.pk, by_id=request.user.pk, carrier=carrier, tracking=tracking, at=at
        ),
        _("Thank you. You get the money when the shop has the goods."),
    )


@require_POST
@login_required
def arrived(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """The shop has the goods again."""
    found = _found(request, dispute_id)
    return _act(
        request,
        found.pk,
        lambda at: returns.confirm_arrival(dispute_id=found.pk, by_id=request.user.pk, at=at),
        _("Thank you. The money goes to the buyer."),
    )


@require_POST
@login_required
def appeal(request: SignedInRequest, ruling_id: int) -> HttpResponse:
    """One side asks for another look."""
    mine = queries.disputes_of(request.user.pk)
    ruling = get_object_or_404(Ruling.objects.filter(dispute__in=mine), pk=ruling_id)
    text = _cleaned(forms.AppealForm(request.POST), "text")
    return _act(
        request,
        ruling.dispute_id,
        lambda at: rulings.appeal(ruling_id=ruling.pk, by_id=request.user.pk, text=text, at=at),
        _("A person who did not take the decision will answer."),
    )


@require_safe
@login_required
def photo(request: SignedInRequest, name: str, size: str) -> FileResponse:
    """Serve a picture of the evidence to both sides and to staff."""
    mine = queries.evidence_for(user_id=request.user.pk, is_staff=request.user.is_staff)
    found = get_object_or_404(mine, name=name)
    return serving.private_picture(evidence.EVIDENCE, name=found.name, size=size)


def _page(
    request: SignedInRequest, found: Dispute, *, status: int = 200, **given: Any
) -> HttpResponse:
    now = timezone.now()
    side = queries.side_of(found, request.user.pk)
    parcel = getattr(found, "parcel", None)
    ruling = found.rulings.filter(overrides=None).first()
    waiting = found.offers.filter(state=OfferState.OPEN).first()
    context = {
        "dispute": found,
        "order": found.order,
        "is_buyer": side == Side.BUYER,
        "side": side,
        "clock": queries.clock_words(found, at=now),
        "entries": found.entries.select_related("offer").prefetch_related("photos"),
        "told": talk_room.messages_of_order(found.order_id),
        "talk_side": "buyer" if side == Side.BUYER else "shop",
        "open_offer": waiting,
        "parcel": parcel,
        "rulings": found.rulings.select_related("statement").prefetch_related("appeal"),
        "appealable": ruling if ruling and queries.may_appeal(ruling, at=now) else None,
        "appeal_until": queries.appealable_until(ruling) if ruling else None,
        "may_escalate": _may_escalate(found, side, now),
        "may_offer": found.state in (DisputeState.OPEN, DisputeState.ESCALATED),
        "say_form": forms.SayForm(auto_id="say-%s"),
        "offer_form": forms.OfferForm(dispute=found, auto_id="offer-%s"),
        "refuse_form": forms.RefuseForm(auto_id="refuse-%s"),
        "escalate_form": forms.EscalateForm(auto_id="staff-%s"),
        "address_form": forms.AddressForm(),
        "parcel_form": forms.ParcelForm(),
        "appeal_form": forms.AppealForm(auto_id="appeal-%s"),
    }
    return render(request, "care/dispute.html", {**context, **given}, status=status)


def _may_escalate(found: Dispute, side: Side, now: datetime) -> bool:
    """Offer what the service would do; it decides again."""
    if found.state == DisputeState.RETURNING:
        return not found.rulings.exists()
    if found.state != DisputeState.OPEN:
        return False
    return found.answered or side == Side.SELLER or now >= found.talk_until


def _found(request: SignedInRequest, dispute_id: int) -> Dispute:
    return get_object_or_404(queries.disputes_of(request.user.pk), pk=dispute_id)


def _offer(request: SignedInRequest, offer_id: int) -> Offer:
    mine = queries.disputes_of(request.user.pk)
    return get_object_or_404(Offer.objects.filter(dispute__in=mine), pk=offer_id)


def _cleaned(form: Any, name: str) -> str:
    """Return what was written; what breaks the form counts as nothing, and the service says so."""
    form.is_valid()
    return str(form.cleaned_data.get(name, ""))


def _bytes(uploads: list[Any]) -> list[bytes]:
    """Read uploads of bearable size. Raises BadInput for a larger one."""
    if any(upload.size > pictures.MAX_BYTES for upload in uploads):
        raise pictures.too_large()
    return [upload.read() for upload in uploads]


def _refused(form: Any, error: MarketplaceError) -> None:
    field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
    form.add_error(field, error.reason)


def _after(
    request: SignedInRequest, found: Dispute, form: Any, done: str, **shown: Any
) -> HttpResponse:
    """Go back to the dispute; a refused form comes back with its words."""
    if form.errors:
        found.refresh_from_db()
        return _page(request, found, status=422, **shown)
    messages.success(request, done)
    return redirect("care:dispute", found.pk)


def _act(
    request: HttpRequest, dispute_id: int, act: Callable[[datetime], object], done: str
) -> HttpResponse:
    """Call one service, say how it went, and show the dispute again."""
    try:
        act(timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect("care:dispute", dispute_id)
