"""The catalogue of the market's rules: what each means, its unit, bounds and founding value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule. `founding` holds until somebody publishes another value."""

    key: str
    title: str
    unit: str
    founding: int
    minimum: int
    maximum: int
    why: str


_RULES = (
    Rule(
        "orders.commission_bp",
        "Commission on a settled order",
        "basis points (1/100 of a per cent) of the goods' price",
        300,
        0,
        1_500,
        "Our own rate card: below the 5 to 15 % of large market places; paid by the seller.",
    ),
    Rule(
        "orders.payment_minutes",
        "Time to pay after checkout",
        "minutes",
        30,
        5,
        1_440,
        "Long enough for a slow phone and a second factor, short enough to free the stock.",
    ),
    Rule(
        "orders.ship_days",
        "Time to send a paid order",
        "days",
        7,
        1,
        30,
        "Small makers send once or twice a week; after this the buyer may have the money back.",
    ),
    Rule(
        "orders.confirm_days",
        "Time after dispatch until the clock completes an order",
        "days",
        10,
        3,
        90,
        "Used when no carrier reports the delivery; covers cross-border small parcels.",
    ),
    Rule(
        "orders.delivered_confirm_days",
        "Time after a reported delivery until the clock completes an order",
        "days",
        3,
        1,
        30,
        "Time to unpack, look, and complain before the seller is paid.",
    ),
    Rule(
        "orders.extend_days",
        "By how much the buyer's protection grows at a time",
        "days",
        7,
        1,
        30,
        "A parcel held at customs for a week should not cost the buyer the protection.",
    ),
    Rule(
        "orders.extend_max_days",
        "By how much the buyer's protection may grow in all",
        "days",
        21,
        0,
        90,
        "The seller waits for the money meanwhile.",
    ),
    Rule(
        "payouts.new_shop_days",
        "How long a shop counts as new for payouts",
        "days",
        90,
        0,
        365,
        "Fakes and unsent goods of a new shop show within a first season of trade.",
    ),
    Rule(
        "payouts.reserve_bp",
        "Share of a new shop's released money that stays behind",
        "basis points (1/100 of a per cent)",
        1_000,
        0,
        5_000,
        "Pays refunds that come after the release; large market places keep 10 to 50 %.",
    ),
    Rule(
        "payouts.reserve_days",
        "How long that share stays behind",
        "days",
        14,
        0,
        90,
        "Most late refunds come within two weeks of delivery.",
    ),
    Rule(
        "payouts.pause_hours",
        "How long payouts rest after the payout account was changed",
        "hours",
        72,
        0,
        336,
        "Time for the true owner to read the notice and object.",
    ),
    Rule(
        "dispute.seller_days",
        "Time for a seller to answer a dispute",
        "days",
        3,
        1,
        14,
        "Large market places give 3 to 5 days; after that silence counts as agreement.",
    ),
    Rule(
        "dispute.talk_days",
        "Time in which both sides of a dispute talk before staff decide",
        "days",
        5,
        1,
        30,
        "Most disputes end by talking; a buyer should not wait longer than a working week.",
    ),
    Rule(
        "dispute.buyer_days",
        "Time for a buyer to answer in a dispute",
        "days",
        5,
        1,
        30,
        "The seller's money stays frozen meanwhile; after that the dispute is over.",
    ),
    Rule(
        "dispute.return_days",
        "Time to send goods back, and time for them to travel",
        "days",
        14,
        3,
        60,
        "EU directive 2011/83, art. 14(1): goods go back within 14 days.",
    ),
    Rule(
        "dispute.after_release_days",
        "How long after the money was released a dispute may be opened",
        "days",
        30,
        0,
        365,
        "Large market places allow 15 to 30 days: some faults show only in use.",
    ),
    Rule(
        "refunds.goodwill_debt",
        "What a shop without balance may owe for money it gave back of its own will",
        "whole units of the shop's currency",
        500,
        0,
        100_000,
        "The platform pays first and has no pledge; a friendly gesture is rarely larger.",
    ),
    Rule(
        "dispute.ruling_days",
        "Time within which staff rule on a dispute",
        "days",
        5,
        1,
        30,
        "The money of two people waits for it.",
    ),
    Rule(
        "reviews.prior_count",
        "How many reviews the market's mean weighs in a listing's stars",
        "reviews",
        5,
        0,
        100,
        "One friend's five stars must not lift goods above others that many have tried.",
    ),
    Rule(
        "reviews.prior_mean_hundredths",
        "The mean of all reviews, from which few reviews move only a little",
        "hundredths of a star",
        400,
        100,
        500,
        "Near the mean of large market places; publish ours from time to time.",
    ),
    Rule(
        "listings.reservation_minutes",
        "How long checkout keeps stock",
        "minutes",
        30,
        5,
        1_440,
        "Never shorter than the time to pay.",
    ),
    Rule(
        "listings.photos_max",
        "Photos a listing may have",
        "photos",
        8,
        1,
        20,
        "Enough to show goods from all sides; bounds the work of scanning.",
    ),
    Rule(
        "cases.hold_permille",
        "Risk at which a listing is withheld until somebody looked",
        "thousandths",
        500,
        50,
        1_000,
        "More likely a fake than not: the burden of one day out of view is then fair.",
    ),
    Rule(
        "cases.decide_hours",
        "Time within which staff decide an open case",
        "hours",
        24,
        1,
        168,
        "A wrongly withheld seller loses sales every hour.",
    ),
    Rule(
        "appeals.window_days",
        "Time within which a decision may be appealed",
        "days",
        180,
        180,
        730,
        "EU Digital Services Act, art. 20(1): at least six months.",
    ),
    Rule(
        "appeals.answer_days",
        "Time within which an appeal is answered",
        "days",
        14,
        1,
        60,
        "EU Digital Services Act, art. 20(4): in a timely manner.",
    ),
    Rule(
        "trust.strike_days",
        "How long a strike counts",
        "days",
        365,
        30,
        1_825,
        "People may mend: after a year of honest trade a breach is forgotten.",
    ),
    Rule(
        "trust.limit_points",
        "Strike points at which a shop is limited",
        "points",
        9,
        1,
        100,
        "One grave breach, or several light ones.",
    ),
    Rule(
        "trust.suspend_points",
        "Strike points at which a shop is suspended",
        "points",
        27,
        2,
        300,
        "Three grave breaches within the time strikes count.",
    ),
)

CATALOGUE: dict[str, Rule] = {rule.key: rule for rule in _RULES}


def allowed(rule: Rule, value: int) -> bool:
    """Say whether `value` lies within the rule's bounds, both included."""
    return rule.minimum <= value <= rule.maximum
