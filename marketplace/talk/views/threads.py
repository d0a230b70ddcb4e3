"""The lists of talks, one talk with its messages, and writing in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings import serving
from marketplace.listings.models import Listing
from marketplace.listings.services import pictures
from marketplace.orders.models import Order
from marketplace.shops.models import Shop
from marketplace.shops.queries import methods_of
from marketplace.talk import forms, queries, rules
from marketplace.talk.models import Found, Message, Side, Thread
from marketplace.talk.services import photos, threads
from marketplace.talk.services.threads import Words
from marketplace.talk.services.warnings import LeaksFound

A_PAGE = 30
Send = Callable[[Words, datetime], Message]


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """A person's talks with shops."""
    return _list(request, queries.threads_of_buyer(request.user.pk), desk=False)


@require_safe
@login_required
def desk(request: SignedInRequest) -> HttpResponse:
    """The talks of the shops for which a person answers."""
    return _list(request, queries.threads_of_shops(request.user.pk), desk=True)


def _list(request: SignedInRequest, found: QuerySet[Thread], *, desk: bool) -> HttpResponse:
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    last = queries.last_messages(page)
    rows = [(one, last.get(one.pk), one.shop_unread if desk else one.buyer_unread) for one in page]
    context = {"page_obj": page, "rows": rows, "desk": desk}
    if desk:
        context["waiting"] = queries.waiting_questions(request.user.pk)
    return render(request, "talk/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def thread(request: SignedInRequest, thread_id: int) -> HttpResponse:
    """One talk: read it, and write in it."""
    found = get_object_or_404(queries.threads_for(request.user.pk), pk=thread_id)
    if request.method == "POST":
        return _send(
            request,
            lambda words, at: threads.send(
                thread_id=found.pk, by_id=request.user.pk, words=words, at=at
            ),
            _subject(found),
        )
    return _page(request, _form(request, found), _subject(found))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def about_listing(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """A buyer writes about goods; once there is a talk, the address leads to it."""
    known = queries.thread_about(buyer_id=request.user.pk, listing_id=listing_id)
    if known is not None and request.method != "POST":
        return redirect("talk:thread", known.pk)
    sold = Listing.objects.live().select_related("shop")
    listing = get_object_or_404(sold if known is None else Listing.objects, pk=listing_id)
    if not queries.may_ask(user_id=request.user.pk, is_guest=request.user.guest, listing=listing):
        messages.error(request, _("You cannot write to the shop about these goods."))
        return redirect("storefront:listing", listing_id)
    subject = {"listing": listing, "shop": listing.shop, "side": Side.BUYER}
    if request.method == "POST":
        return _send(
            request,
            lambda words, at: threads.ask_about_listing(
                listing_id=listing.pk, by_id=request.user.pk, words=words, at=at
            ),
            subject,
        )
    return _page(request, forms.MessageForm(), subject)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def about_order(request: SignedInRequest, order_id: int) -> HttpResponse:
    """Either side writes about an order; once there is a talk, the address leads to it."""
    order = get_object_or_404(queries.order_for(request.user.pk), pk=order_id)
    known = Thread.objects.filter(order=order).first()
    if known is not None and request.method != "POST":
        return redirect("talk:thread", known.pk)
    side = Side.BUYER if order.buyer_id == request.user.pk else Side.SHOP
    subject = {"order": order, "shop": order.shop, "buyer": order.buyer, "side": side}
    if request.method == "POST":
        return _send(
            request,
            lambda words, at: threads.write_about_order(
                order_id=order.pk, by_id=request.user.pk, words=words, at=at
            ),
            subject,
        )
    return _page(request, _form(request, None, order=order), subject)


@require_safe
@login_required
def news(request: SignedInRequest, thread_id: int) -> HttpResponse:
    """What came since the page was opened: nothing, or the messages again."""
    found = get_object_or_404(queries.threads_for(request.user.pk), pk=thread_id)
    after = _number(request.GET.get("after"))
    if not queries.is_news(thread_id=found.pk, after=after or 0):
        return HttpResponse(status=204)
    subject = _subject(found)
    told = queries.messages_of(found)
    context = {**subject, "told": told, "side": queries.side_of(found, request.user.pk)}
    return render(request, "talk/partials/messages.html", context)


@require_safe
@login_required
def photo(request: SignedInRequest, name: str, size: str) -> FileResponse:
    """Serve a picture to both sides, and to staff who looked into the talk."""
    user = request.user
    mine = queries.photos_for(user_id=user.pk, is_staff=user.is_staff, at=timezone.now())
    found = get_object_or_404(mine, name=name)
    return serving.private_picture(photos.PHOTOS, name=found.name, size=size)


def _subject(found: Thread) -> dict[str, Any]:
    """Return what a talk is about, for its page."""
    return {
        "thread": found,
        "listing": found.listing,
        "order": found.order,
        "shop": found.shop,
        "buyer": found.buyer,
    }


def _page(
    request: SignedInRequest, form: forms.MessageForm, about: Mapping[str, Any], **more: Any
) -> HttpResponse:
    found: Thread | None = about.get("thread")
    context = {"form": form, "told": [], "side": about.get("side"), **about}
    shop: Shop = about["shop"]
    context["silent"] = queries.why_closed(shop, about_order=about.get("order") is not None)
    if found is not None:
        context |= _told(request, found)
    if context["side"] == Side.SHOP:
        context["replies"] = queries.replies_of(shop.pk)
    return render(request, "talk/thread.html", {**context, **more}, status=422 if more else 200)


def _told(request: SignedInRequest, found: Thread) -> dict[str, Any]:
    """Return a talk's messages and note that they were read."""
    before = _number(request.GET.get("before"))
    side = queries.side_of(found, request.user.pk)
    told = queries.messages_of(found, before=before)
    unread = found.buyer_unread if side == Side.BUYER else found.shop_unread
    if told and before is None and unread:
        threads.mark_read(thread_id=found.pk, by_id=request.user.pk, seen_id=told[-1].pk)
    silent = queries.why_silent(found, side=side, by_id=request.user.pk) if side is not None else ""
    return {
        "told": told,
        "side": side,
        "silent": silent,
        "older": told[0].pk if len(told) == rules.A_PAGE else None,
        "is_past": before is not None,
    }


def _form(
    request: SignedInRequest, found: Thread | None, *, order: Order | None = None
) -> forms.MessageForm:
    """Return an empty form, or one that holds the saved reply that was chosen."""
    chosen = _number(request.GET.get("reply"))
    reply = queries.replies_for(request.user.pk).filter(pk=chosen).first() if chosen else None
    if reply is None:
        return forms.MessageForm()
    order = found.order if found is not None else order
    buyer = found.buyer if found is not None else order.buyer if order is not None else None
    ways = list(methods_of(reply.shop_id)[:1])
    values = {
        "buyer": buyer.display_name if buyer is not None else "",
        "order": str(order.pk) if order is not None else "",
        "days": f"{ways[0].days_min}–{ways[0].days_max}" if ways else "",
    }
    return forms.MessageForm(initial={"text": rules.filled(reply.text, values)})


def _send(request: SignedInRequest, send: Send, about: Mapping[str, Any]) -> HttpResponse:
    """Send what was written; a warning or a refusal shows the page with the words again."""
    form = forms.MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, about, refused=True)
    try:
        words = Words(
            key=str(form.cleaned_data["key"]),
            text=form.cleaned_data["text"],
            photos=_bytes(form.cleaned_data["photos"]),
            accepted=form.accepted_kinds(),
        )
        message = send(words, timezone.now())
    except LeaksFound as leak:
        return _warned(request, form, leak, about)
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
        form.add_error(field, error.reason)
        return _page(request, form, about, refused=True)
    messages.success(request, _("Sent."))
    return redirect(f"{reverse('talk:thread', args=[message.thread_id])}#m{message.pk}")


def _warned(
    request: SignedInRequest, form: forms.MessageForm, leak: LeaksFound, about: Mapping[str, Any]
) -> HttpResponse:
    kinds = list(dict.fromkeys(one.kind for one in leak.found))
    sent = {**form.cleaned_data, "accepted": ",".join(kinds)}
    again = forms.MessageForm(initial={name: sent[name] for name in ("key", "accepted", "text")})
    warning = {
        "places": [(Found(one.kind).label, one.words) for one in leak.found],
        "payment": Found.PAYMENT in kinds,
        "photos": bool(sent["photos"]),
    }
    return _page(request, again, about, warning=warning)


def _bytes(uploads: list[Any]) -> list[bytes]:
    """Read uploads of bearable size. Raises BadInput for a larger one."""
    if any(upload.size > pictures.MAX_BYTES for upload in uploads):
        raise pictures.too_large()
    return [upload.read() for upload in uploads]


def _number(text: str | None) -> int | None:
    """Return the number of an address, or None; one that no row can have is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
