"""A payment provider to play with. It keeps its own book and knows nothing of our ledger.

Cards: tok_ok succeeds · tok_declined fails · tok_delayed is pending until `settle` ·
tok_repeat succeeds and its event comes three times, once before the answer.
A payout to an account that begins with "refuse" fails.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.errors import KeyReused
from marketplace.insertion import insert_new
from marketplace.orders.models import SandboxEntry, SandboxOutcome
from marketplace.orders.providers.payments import BookLine, ProviderNews, Result

TOK_OK = "tok_ok"
TOK_DECLINED = "tok_declined"
TOK_DELAYED = "tok_delayed"
TOK_REPEAT = "tok_repeat"
CARDS = (TOK_OK, TOK_DECLINED, TOK_DELAYED, TOK_REPEAT)
REFUSING_ACCOUNT = "refuse"
SETTLE_DELAY = timedelta(minutes=1)
_INFLOWS = ("charge", "chargeback_won")
_CASE_KINDS = {
    "chargeback": "chargeback.opened",
    "chargeback_won": "chargeback.won",
    "chargeback_lost": "chargeback.lost",
}
_REPEATS = 3  # how often the event of a tok_repeat charge is sent in all
_OUTCOMES = {TOK_DECLINED: SandboxOutcome.FAILED, TOK_DELAYED: SandboxOutcome.PENDING}
# A real provider sends an event for every charge; it heals a crash between charge and booking.
_EVENTS = {TOK_DECLINED: 0, TOK_DELAYED: 0, TOK_REPEAT: _REPEATS}


class Sandbox:
    """The sandbox adapter. `tell` receives its events, as a web hook would."""

    def __init__(self, tell: Callable[[ProviderNews, datetime], object]) -> None:
        self._tell = tell

    def charge(
        self, *, key: str, card: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Book a charge; the card decides how it ends. An unknown card is declined."""
        known = card if card in CARDS else TOK_DECLINED
        entry, first = self._book(
            key=key,
            kind="charge",
            currency=currency,
            amount_minor=amount_minor,
            outcome=_OUTCOMES.get(known, SandboxOutcome.SUCCEEDED),
            behaviour=known,
            events_due=_EVENTS.get(known, 1),
            at=at,
        )
        if first and known == TOK_REPEAT:
            self.send(entry, at)  # the event overtakes the answer
        return Result(entry.outcome, entry.provider_ref)

    def refund(
        self, *, key: str, charge_ref: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Book a refund of a charge that succeeded; refused when more than it would go back."""
        charge = SandboxEntry.objects.get(kind="charge", provider_ref=charge_ref)
        earlier = SandboxEntry.objects.filter(
            kind="refund", behaviour=charge_ref, outcome=SandboxOutcome.SUCCEEDED
        ).exclude(idempotency_key=key)
        room = charge.amount_minor - sum(earlier.values_list("amount_minor", flat=True))
        paid = charge.outcome == SandboxOutcome.SUCCEEDED and charge.currency == currency
        fits = paid and amount_minor <= room
        entry, _ = self._book(
            key=key,
            kind="refund",
            currency=currency,
            amount_minor=amount_minor,
            outcome=SandboxOutcome.SUCCEEDED if fits else SandboxOutcome.FAILED,
            behaviour=charge_ref,
            events_due=0,
            at=at,
        )
        return Result(entry.outcome, entry.provider_ref)

    def payout(
        self, *, key: str, account: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Book a payout to a seller's account."""
        refused = account.startswith(REFUSING_ACCOUNT)
        entry, _ = self._book(
            key=key,
            kind="payout",
            currency=currency,
            amount_minor=amount_minor,
            outcome=SandboxOutcome.FAILED if refused else SandboxOutcome.SUCCEEDED,
            behaviour="",
            events_due=0,
            at=at,
        )
        return Result(entry.outcome, entry.provider_ref)

    def balances_minor(self) -> Mapping[str, int]:
        """Return what this book holds by currency: charges − refunds − payouts."""
        held: Counter[str] = Counter()
        done = SandboxEntry.objects.filter(outcome=SandboxOutcome.SUCCEEDED)
        for kind, currency, amount_minor in done.values_list("kind", "currency", "amount_minor"):
            held[currency] += amount_minor if kind in _INFLOWS else -amount_minor
        return held

    def book(self) -> Iterator[BookLine]:
        """Read every movement of this book; a bank's case goes by its own name."""
        done = SandboxEntry.objects.filter(outcome=SandboxOutcome.SUCCEEDED).order_by()
        for entry in done.iterator(chunk_size=2_000):
            is_case = entry.kind in _CASE_KINDS
            case = entry.idempotency_key.partition(":")[0]
            yield BookLine(
                key=case if is_case else entry.idempotency_key,
                kind=entry.kind,
                currency=entry.currency,
                amount_minor=entry.amount_minor * (1 if entry.kind in _INFLOWS else -1),
                provider_ref=entry.provider_ref,
                about=entry.behaviour if entry.kind == "refund" else "",
                at=entry.at,
            )

    def done(self, *, key: str) -> bool:
        """Return whether that call succeeded here."""
        return SandboxEntry.objects.filter(
            idempotency_key=key, outcome=SandboxOutcome.SUCCEEDED
        ).exists()

    def cases_since(self, *, since: datetime) -> list[ProviderNews]:
        """Return the news of every case that moved since a moment, sent or not."""
        moved = SandboxEntry.objects.filter(kind__in=_CASE_KINDS, at__gte=since)
        return [self.news_of(entry) for entry in moved.order_by("at", "pk")]

    def look_up(self, *, key: str) -> Result | None:
        """Return how that call stands in this book; None when it never came."""
        entry = SandboxEntry.objects.filter(idempotency_key=key).first()
        return None if entry is None else Result(entry.outcome, entry.provider_ref)

    def charge_back(self, *, charge_key: str, amount_minor: int | None = None, at: datetime) -> str:
        """Play the buyer's bank: take a charge back, all of it or a part. Returns the case's id.

        Once a charge; its event is owed and comes with `send_due`.
        """
        charge = SandboxEntry.objects.get(kind="charge", idempotency_key=charge_key)
        case = f"case_{charge.provider_ref}"
        amount = charge.amount_minor if amount_minor is None else amount_minor
        self._book_case(charge, f"{case}:opened", "chargeback", amount, at)
        return case

    def decide(self, *, case: str, won: bool, at: datetime) -> None:
        """Play the buyer's bank: give the money of a case back to us, or keep it for good."""
        taken = SandboxEntry.objects.get(idempotency_key=f"{case}:opened")
        charge = SandboxEntry.objects.get(kind="charge", provider_ref=case.removeprefix("case_"))
        kind = "chargeback_won" if won else "chargeback_lost"
        self._book_case(charge, f"{case}:decided", kind, taken.amount_minor, at)

    def _book_case(
        self, charge: SandboxEntry, key: str, kind: str, amount_minor: int, at: datetime
    ) -> None:
        self._book(
            key=key,
            kind=kind,
            currency=charge.currency,
            amount_minor=amount_minor,
            # A lost case moves nothing: the money went when it was opened.
            outcome=SandboxOutcome.FAILED
            if kind == "chargeback_lost"
            else SandboxOutcome.SUCCEEDED,
            behaviour=charge.idempotency_key,
            events_due=1,
            at=at,
        )

    def settle(self, *, at: datetime) -> int:
        """Let delayed charges succeed that have waited long enough; return how many."""
        return SandboxEntry.objects.filter(
            kind="charge", outcome=SandboxOutcome.PENDING, at__lte=at - SETTLE_DELAY
        ).update(outcome=SandboxOutcome.SUCCEEDED, events_due=1)

    def send_due(self, *, at: datetime) -> int:
        """Send every event that is still owed; return how many went out."""
        owed = SandboxEntry.objects.filter(events_due__gt=0).order_by("pk")
        sent = 0
        for entry in owed:
            for _turn in range(entry.events_due):
                self.send(entry, at)
                sent += 1
        return sent

    def send(self, entry: SandboxEntry, at: datetime) -> None:
        """Send an entry's event once; its id is the same each time, as with real ones."""
        self._tell(self.news_of(entry), at)
        SandboxEntry.objects.filter(pk=entry.pk, events_due__gt=0).update(
            events_due=F("events_due") - 1
        )

    def news_of(self, entry: SandboxEntry) -> ProviderNews:
        """Return the event that tells about an entry of the book."""
        case, _colon, _what = entry.idempotency_key.partition(":")
        if not case.startswith("case_"):
            return ProviderNews(
                event_id=f"evt_{entry.provider_ref}_{entry.outcome}",
                kind=f"{entry.kind}.{entry.outcome}",
                key=entry.idempotency_key,
                provider_ref=entry.provider_ref,
                currency=entry.currency,
                amount_minor=entry.amount_minor,
            )
        return ProviderNews(
            event_id=f"evt_{entry.provider_ref}",
            kind=_CASE_KINDS[entry.kind],
            key=entry.behaviour,
            provider_ref=case.removeprefix("case_"),
            currency=entry.currency,
            amount_minor=entry.amount_minor,
            case=case,
        )

    def _book(self, *, key: str, **columns: object) -> tuple[SandboxEntry, bool]:
        """Write one line of the book, once; return it and whether it is new."""
        provider_ref = "sb_" + hashlib.sha256(key.encode()).hexdigest()[:24]
        entry = SandboxEntry(idempotency_key=key, provider_ref=provider_ref, **columns)
        first = bool(insert_new([entry], key="idempotency_key"))
        stored = entry if first else SandboxEntry.objects.get(idempotency_key=key)
        asked = (columns["kind"], columns["currency"], columns["amount_minor"])
        if (stored.kind, stored.currency, stored.amount_minor) != asked:
            raise KeyReused(_("This payment was already sent with another amount."))
        return stored, first
