"""What each role gets at the addresses of score and loans."""

from __future__ import annotations

from tests.architecture.role_url_shapes import (
    ACT,
    BOTH,
    LOGIN,
    READ,
    ROLES,
    Row,
    each,
    of,
    personal,
    public,
)


def officers(*, methods=READ, ids=()):
    """Risk officers', who are none of ROLES; all others are told so, visitors sign in first."""
    return Row(methods, (LOGIN, *[403] * (len(ROLES) - 1)), ids)


DESKS = ("desk", "desk_reviews", "desk_applications", "desk_watch", "desk_cuts")
CREDIT = {
    "scoring:score": personal(),
    "scoring:mine": personal(),
    # Without a shop that has a score there is nothing to ask.
    "scoring:what_if": of("seller"),
    "scoring:dispute": of("seller", methods=BOTH, ids=("shop", "score_row"), answer=(200, 422)),
    **dict.fromkeys(("scoring:shares", "scoring:sources"), personal()),
    # Sent empty it names no source.
    "scoring:choose_source": each(ACT, ("shop",), others=404, visitor=LOGIN),
    "scoring:make_share": of("seller", methods=ACT, ids=("shop",), answer=422),
    "scoring:share": of("seller", ids=("share_link",)),
    "scoring:check": public(ids=("share_token",)),
    "scoring:revoke_share": of("seller", methods=ACT, ids=("share_link",), answer=302),
    "loans:mine": personal(),
    "loans:apply": of("seller", methods=BOTH, ids=("loan_shop",), answer=(200, 422)),
    "loans:application": of("seller", ids=("loan_application",)),
    "loans:notice": of("seller", ids=("loan_application",)),
    "loans:ask": of("seller", methods=ACT, ids=("loan_application",), answer=302),
    "loans:loan": of("seller", ids=("loan",)),
    "loans:contract": of("seller", ids=("loan",)),
    **dict.fromkeys(("loans:statement", "loans:statement_file"), of("seller", ids=("loan",))),
    "loans:cut": of("seller", methods=BOTH, ids=("limit_cut",), answer=(200, 302)),
    "loans:sign": of("seller", methods=ACT, ids=("loan",), answer=302),
    "loans:repay": of("seller", methods=ACT, ids=("loan",), answer=422),
    "loans:more_time": of("seller", methods=ACT, ids=("loan",), answer=422),
    "loans:wallet": of("seller", ids=("loan_shop",)),
    "loans:take_out": of("seller", methods=ACT, ids=("loan_shop",), answer=422),
    "loans:bring_in": of("seller", methods=ACT, ids=("loan_shop",), answer=422),
    # Risk officers' alone: not even staff's (what they get: tests/credit/loans).
    **{f"loans:{name}": officers() for name in DESKS},
    "loans:desk_review": officers(methods=BOTH, ids=("loan_review",)),
    "loans:desk_application": officers(ids=("loan_application",)),
    "loans:desk_loan": officers(ids=("loan",)),
    "loans:desk_write_off": officers(methods=ACT, ids=("loan",)),
    "loans:desk_cut": officers(methods=BOTH, ids=("limit_cut",)),
    "loans:desk_plan": officers(methods=ACT, ids=("loan",)),
}
