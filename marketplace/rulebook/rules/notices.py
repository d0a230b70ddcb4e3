"""Rights and notices: who may act at once, and the clocks of answers."""

from __future__ import annotations

from marketplace.rulebook.rules.rule import Rule

NOTICES = (
    Rule(
        "rights.remind_days",
        "How long before its end the holder of a right is reminded",
        "days",
        60,
        1,
        365,
        "Offices take renewals from about six months before the end; two months are left to act.",
    ),
    Rule(
        "notices.bar_permille",
        "Accuracy from which a holder's notices withhold at once",
        "thousandths of the items decided, by the lower bound that holds in 95 of 100 cases",
        900,
        500,
        1_000,
        "Self-service removal elsewhere begins at 90 % of accepted reports; we ask that the true"
        " share is surely that high, so a few lucky notices are not enough.",
    ),
    Rule(
        "notices.record_days",
        "How far back a holder's accuracy looks",
        "days",
        183,
        30,
        1_095,
        "Six months: long enough to count, short enough to better oneself.",
    ),
    Rule(
        "notices.settled_days",
        "After how long an unanswered withholding counts as right",
        "days",
        30,
        7,
        365,
        "Whoever sells genuine goods answers within a month; the way back stays open longer.",
    ),
    Rule(
        "notices.share_permille",
        "Share of a shop's goods from which a person must look before they are withheld",
        "thousandths of the goods on sale or withheld for notices",
        200,
        0,
        1_000,
        "More than a fifth would close a small shop by a form.",
    ),
    Rule(
        "notices.reply_days",
        "Time in which a holder replies to a seller's answer",
        "business days",
        10,
        1,
        30,
        "US Digital Millennium Copyright Act, 17 U.S.C. 512(g)(2)(C): goods return after 10 to 14"
        " business days unless the holder goes to court.",
    ),
    Rule(
        "notices.court_days",
        "How long goods stay withheld because the holder went to court",
        "days",
        180,
        30,
        1_095,
        "A claim in court must be shown to go on; a seller is not kept out for ever by a word.",
    ),
    Rule(
        "notices.mail_seconds",
        "How long mail about a withholding waits",
        "seconds",
        60,
        0,
        3_600,
        "A notice sent by mistake can be withdrawn before anybody was alarmed by mail.",
    ),
    Rule(
        "notices.link_days",
        "How long the link to a notice's state works",
        "days",
        210,
        30,
        1_095,
        "As long as a withholding may be answered (appeals.window_days), and some weeks.",
    ),
)
