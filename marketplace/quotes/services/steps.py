"""What several services of this room share: locks, moves, events."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.quotes import rules
from marketplace.quotes.models import Quote, QuoteRequest, QuoteState, RequestState
from marketplace.talk.rules import leaks


def locked_request(*, request_id: int) -> QuoteRequest:
    """Lock a request. Always before its quotes."""
    requests = QuoteRequest.objects.select_for_update(of=("self",), no_key=True)
    return requests.select_related("buyer").get(pk=request_id)


def locked_quote(*, quote_id: int) -> Quote:
    """Lock a quote and, before it, its request."""
    request_id = Quote.objects.values_list("request_id", flat=True).get(pk=quote_id)
    request = locked_request(request_id=request_id)
    quotes = Quote.objects.select_for_update(of=("self",), no_key=True)
    quote = quotes.select_related("shop__owner").get(pk=quote_id)
    quote.request = request
    return quote


def move_request(*, request: QuoteRequest, to: RequestState, at: datetime) -> None:
    """Take a locked request to its next state. Raises WrongState for a step that does not exist."""
    if not rules.request_may(request.state, to):
        raise WrongState(
            _("This is not possible now. State of the request: %(state)s.")
            % {"state": request.get_state_display()}
        )
    request.state = to
    request.ended_at = None if to == RequestState.OPEN else at
    request.save(update_fields=["state", "ended_at"])


def move(*, quote: Quote, to: QuoteState, **columns: object) -> None:
    """Take a locked quote to its next state. Raises WrongState for a step that does not exist."""
    if not rules.quote_may(quote.state, to):
        raise WrongState(
            _("This is not possible now. State of the quote: %(state)s.")
            % {"state": quote.get_state_display()}
        )
    quote.state = to
    quote.declined_for = ""
    for name, value in columns.items():
        setattr(quote, name, value)
    quote.save(update_fields=["state", "declined_for", *columns])


def emit(*, quote: Quote, what: str, actor: str, at: datetime, **more: object) -> None:
    """Tell the outbox, and the audit, what became of a quote."""
    data: dict[str, object] = {
        "quote_id": quote.pk,
        "request_id": quote.request_id,
        "shop_id": quote.shop_id,
        "version": quote.current,
        **more,
    }
    outbox.record(action=f"quote.{what}", actor=actor, subject=quote.ref, data=data, at=at)
    outbox.emit(f"quote.{what}", subject=quote.ref, data=data, at=at)


def require_buyer(*, request: QuoteRequest, by_id: int) -> None:
    """Raise NotAllowed to whoever did not write the request."""
    if request.buyer_id != by_id:
        raise NotAllowed(_("Only the buyer who asked can do this."))


def words(*, text: str, field: str = "text", least: int = rules.TEXT_LETTERS) -> str:
    """Return what somebody wrote, for people who do not know each other before the order.

    Raises BadInput when it is too short or too long, and for what leads past the order: phone
    numbers, addresses of any kind, ways to pay elsewhere.
    """
    text = text.strip()
    if len(text) < least:
        raise BadInput(_("Please write a little more."), field)
    if len(text) > rules.TEXT_MAX:
        raise BadInput(_("Please write less."), field)
    found = leaks.find(text, own_host=urlsplit(settings.SITE_URL).hostname or "")
    if found:
        raise BadInput(
            _(
                "Please leave out %(words)s: the shop gets name and address with the order, and"
                " money paid elsewhere is not held safe."
            )
            % {"words": ", ".join(f"“{one.words}”" for one in found[:3])},
            field,
        )
    return text
