"""How search ranks: text × trust × freshness × newcomers × stock × stars."""

from __future__ import annotations

from marketplace.rulebook.rules.rule import Rule

SEARCH = (
    Rule(
        "search.description_permille",
        "What a word counts in search that stands in the description only",
        "thousandths of a word in the title",
        400,
        0,
        1_000,
        "A title says what the goods are; a description also says what they go with.",
    ),
    Rule(
        "search.fresh_half_days",
        "Time in which new goods lose half of their lead in search",
        "days",
        60,
        1,
        730,
        "A season of a small maker: long enough to be seen, short enough to make room.",
    ),
    Rule(
        "search.fresh_floor_permille",
        "What the oldest goods keep of their rank in search",
        "thousandths",
        700,
        0,
        1_000,
        "Good things do not get worse on the shelf; a few words more in a title outweigh age.",
    ),
    Rule(
        "search.newcomer_permille",
        "How far the first goods of a new shop are lifted in search",
        "thousandths",
        300,
        0,
        500,
        "Without it nobody sees who has no sales yet; more would push proven goods away.",
    ),
    Rule(
        "search.newcomer_days",
        "How long a shop is new for search; its lift shrinks day by day",
        "days",
        60,
        0,
        365,
        "Two months of being seen are enough to earn first reviews.",
    ),
    Rule(
        "search.newcomer_goods",
        "How many of a new shop's first goods are lifted",
        "listings",
        10,
        0,
        100,
        "A shop that floods the market with goods gets no more of it than a small one.",
    ),
    Rule(
        "search.sold_out_permille",
        "What goods without stock keep of their rank in search",
        "thousandths",
        400,
        0,
        1_000,
        "They can be put on a wish list, but whoever searches wants to buy.",
    ),
    Rule(
        "search.star_permille",
        "What a star above or below four is worth in search",
        "thousandths",
        50,
        0,
        200,
        "Small on purpose: stars that decide who is seen are stars that are bought.",
    ),
)
