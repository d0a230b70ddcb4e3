"""What a borrower's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from credit.loans.models import (
    RUNNING,
    Application,
    Direction,
    Instalment,
    Loan,
    MoveState,
    Repayment,
    WalletMove,
)
from credit.loans.queries import facts as reading
from credit.loans.rules import decision, products, schedule
from credit.scoring.models import Score
from marketplace.accounts.models import User
from marketplace.ledger import queries as ledger
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

# Steps of the slider between the smallest loan and the limit.
STEPS = 40


def shops_of(user: User) -> list[Shop]:
    """Return the shops for which a person may borrow, the oldest first."""
    return list(Shop.objects.where_may(user.pk, Act.BORROW).order_by("pk"))


def applications_of(user: User) -> QuerySet[Application]:
    """Return the applications that a person may read, the newest first."""
    mine = Application.objects.filter(shop__in=Shop.objects.where_may(user.pk, Act.BORROW))
    return mine.select_related("shop", "score").order_by("-pk")


def loans_of(user: User) -> QuerySet[Loan]:
    """Return the loans that a person may read, the newest first."""
    mine = Loan.objects.filter(shop__in=Shop.objects.where_may(user.pk, Act.BORROW))
    return mine.select_related("shop", "application").order_by("-pk")


def loans_of_shop(shop_id: int) -> list[Loan]:
    """Return a shop's loans, the newest first."""
    return list(Loan.objects.filter(shop_id=shop_id).select_related("shop").order_by("-pk"))


def wallet_minor(shop: Shop) -> int:
    """Return what lies in a shop's wallet."""
    held = ledger.balances_of(kind="wallet", owner_refs=[shop.ref], currency=shop.currency)
    return held.get(shop.ref, 0)


def moves_of(shop: Shop, *, limit: int = 10) -> list[WalletMove]:
    """Return the latest moves between a shop's wallet and the world."""
    return list(WalletMove.objects.filter(shop=shop).order_by("-pk")[:limit])


def verdict(shop: Shop, *, at: datetime) -> decision.Verdict:
    """Say what would be decided now. Binds nobody; the decision looks again, locked."""
    exposures = list(reading.exposures_of(shop).values())
    known = reading.facts(
        shop=shop, exposures=exposures, score=reading.current_score(shop.pk), at=at
    )
    kinds = reading.known_by_shop(shop.pk)
    # Exposures are made by the first application; what they would say is known before.
    known = decision.with_identity(
        known, has_identity="identity" in kinds, has_account="account" in kinds
    )
    return decision.decide(known, reading.terms(at=at))


def score_of(shop: Shop) -> Score | None:
    """Return the score that a decision would look at now."""
    return reading.current_score(shop.pk)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a loan would cost; minor units."""

    amount_minor: int
    parts: list[schedule.Part]
    interest_minor: int
    total_minor: int
    rate_bp: int
    cost_bp: int
    first_at: datetime
    last_at: datetime

    @property
    def cost_percent(self) -> str:
        """The annual percentage rate of charge, as people read it."""
        return f"{self.cost_bp / 100:.1f}"

    @property
    def rate_percent(self) -> str:
        """The yearly rate, as people read it."""
        return f"{self.rate_bp / 100:.2f}"


def quote(*, amount_minor: int, rate_bp: int, parts: int, kind: str, at: datetime) -> Quote:
    """Return what a loan would cost, from the very functions that will write its contract."""
    product = products.PRODUCTS[kind]
    plan = schedule.schedule(
        amount_minor, rate_bp=rate_bp, parts=parts, days=product.days, level=product.level
    )
    interest = sum(part.interest_minor for part in plan)
    return Quote(
        amount_minor=amount_minor,
        parts=plan,
        interest_minor=interest,
        total_minor=amount_minor + interest,
        rate_bp=rate_bp,
        cost_bp=schedule.annual_cost_bp(
            amount_minor, [(part.day, part.amount_minor) for part in plan]
        ),
        first_at=at + timedelta(days=plan[0].day),
        last_at=at + timedelta(days=plan[-1].day),
    )


def slider_step(least_minor: int, limit_minor: int) -> int:
    """Return how far one step of the slider moves: a round amount.

    >>> slider_step(5_000, 50_000)
    1000
    """
    rough = max(1, (limit_minor - least_minor) // STEPS)
    power = int("1".ljust(len(str(rough)), "0"))
    return power if rough < 2 * power else 2 * power if rough < 5 * power else 5 * power


@dataclass(frozen=True, slots=True)
class PartShown:
    """An instalment and how much of it is paid."""

    part: Instalment
    paid_minor: int
    late: bool

    @property
    def is_paid(self) -> bool:
        """Whether nothing of it is open."""
        return self.paid_minor >= self.part.amount_minor

    @property
    def open_minor(self) -> int:
        """What is still to be paid of it."""
        return self.part.amount_minor - self.paid_minor


def schedule_of(loan: Loan, *, at: datetime) -> list[PartShown]:
    """Return the instalments of the plan in force, with what was paid of each."""
    left = loan.paid_minor - loan.plan_paid_minor
    shown = []
    for part in Instalment.objects.filter(loan=loan, plan=loan.plan).order_by("number"):
        paid = min(left, part.amount_minor)
        left -= paid
        late = loan.state in RUNNING and paid < part.amount_minor and part.due_at <= at
        shown.append(PartShown(part, paid, late))
    return shown


def repayments_of(loan: Loan) -> QuerySet[Repayment]:
    """Return what came in, the newest first."""
    return Repayment.objects.filter(loan=loan).order_by("-number")


def stands(loan: Loan, *, at: datetime) -> schedule.Account:
    """Return where a loan stands today, without writing it down."""
    days = max(0, (at.date() - loan.accrued_on).days) if loan.state in RUNNING else 0
    more = schedule.interest_units(loan.principal_left_minor, loan.rate_bp, days)
    return schedule.Account(
        principal_left_minor=loan.principal_left_minor,
        units=int(loan.interest_units) + more,
        interest_paid_minor=loan.interest_paid_minor,
        interest_max_minor=loan.interest_max_minor,
    )


def on_its_way_minor(shop: Shop) -> int:
    """Return what left the wallet and has not arrived."""
    moves = WalletMove.objects.filter(shop=shop, state=MoveState.SENT, direction=Direction.OUT)
    return sum(moves.values_list("amount_minor", flat=True))
