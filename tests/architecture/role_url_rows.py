"""One row for every named address of ours: what each role gets there."""

from __future__ import annotations

from dataclasses import dataclass

# What a role gets: 200 the page; 302 it is done, or a form sent empty; 422 a form with errors;
# LOGIN asked to sign in; 403 and 404 refused; 405 the wrong method.
LOGIN, READ, ACT, BOTH = "login", ("get",), ("post",), ("get", "post")
ROLES = ("visitor", "stranger", "seller", "buyer", "staff", "packer", "bookkeeper")


@dataclass(frozen=True)
class Row:
    """An address: its methods, the ids it takes, and what each role of ROLES gets."""

    methods: tuple[str, ...]
    expected: tuple[object, ...]
    ids: tuple[str, ...] = ()


def public(*, methods=READ, ids=(), answer=200):
    return Row(methods, (answer,) * len(ROLES), ids)


def personal(*, methods=READ, ids=(), answer=200):
    """Everybody has one of their own; visitors sign in first."""
    return Row(methods, (LOGIN, *[answer] * (len(ROLES) - 1)), ids)


def of(*insiders, methods=READ, ids=(), answer=200):
    """Only these roles; to everybody else it does not exist."""
    others = [answer if role in insiders else 404 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def desk(*, methods=READ, ids=(), answer=200):
    """Staff's; others are told so, visitors sign in first."""
    others = [answer if role == "staff" else 403 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def each(methods=READ, ids=(), *, others, **of_role):
    """What each named role gets, and `others` the rest."""
    return Row(methods, tuple(of_role.get(role, others) for role in ROLES), ids)


# They may open the order; what the services then let each do: tests/marketplace/shops.
TRADERS = ("seller", "buyer", "packer", "bookkeeper")
TABLE = {
    **dict.fromkeys(("healthz", "readyz"), public(methods=BOTH)),
    "storefront:home": public(),
    "storefront:search": public(),
    "storefront:listing": each(ids=("draft",), others=404, seller=200, packer=200),
    "storefront:shop": public(ids=("slug",)),
    "accounts:me": personal(),
    "accounts:profile": personal(methods=BOTH),
    "accounts:add_address": personal(methods=BOTH),
    "accounts:delete_address": personal(methods=ACT, ids=("address",), answer=302),
    "accounts:identity": personal(methods=BOTH),
    "accounts:sessions": personal(methods=BOTH, answer=(200, 302)),
    "accounts:terms": each(BOTH, visitor=(200, LOGIN), others=(200, 302)),
    "accounts:guest": personal(answer=302),
    "accounts:guest_claim": personal(methods=ACT, answer=302),
    "accounts:guest_link": each(BOTH, ids=("token",), visitor=(200, LOGIN), others=(200, 302)),
    "accounts:demo": public(methods=BOTH, answer=404),
    "inbox:list": personal(),
    "inbox:read": of("seller", methods=ACT, ids=("message",), answer=302),
    "reasons:statement": of("seller", "staff", ids=("puid",)),
    "shops:desk": each(others=302, visitor=LOGIN, seller=200, packer=200, bookkeeper=200),
    "shops:apply": personal(methods=BOTH),
    "shops:payout_account": of("seller", ids=("shop",)),
    # To the page that asks for the password again.
    "shops:change_payout_account": of("seller", methods=BOTH, ids=("shop",), answer=302),
    "shops:call_off_change": of("seller", methods=ACT, ids=("account_change",), answer=302),
    "shops:closure": of("seller", methods=BOTH, ids=("shop",), answer=(200, 422)),
    "shops:call_off_closure": of("seller", methods=ACT, ids=("shop",), answer=302),
    "shops:members": of("seller"),
    "shops:invite": of("seller", methods=ACT, ids=("shop",), answer=422),
    "shops:change_role": of("seller", methods=ACT, ids=("helper",), answer=302),
    "shops:remove_member": of("seller", methods=ACT, ids=("helper",), answer=302),
    "shops:withdraw": of("seller", methods=ACT, ids=("invitation",), answer=302),
    "shops:invitations": personal(),
    "shops:shipping": of("seller"),
    "shops:add_shipping": of("seller", methods=ACT, ids=("shop",), answer=422),
    "shops:change_shipping": of("seller", methods=BOTH, ids=("method",), answer=(200, 422)),
    "shops:stop_shipping": of("seller", methods=ACT, ids=("method",), answer=302),
    "shops:give_discount": of("seller", methods=ACT, ids=("shop",), answer=422),
    "shops:end_discount": of("seller", methods=ACT, ids=("discount",), answer=302),
    "listings:mine": personal(),
    "listings:new": each(BOTH, others=302, visitor=LOGIN, seller=(200, 302)),
    "listings:edit": of("seller", methods=BOTH, ids=("draft",), answer=(200, 302)),
    "listings:autosave_new": each(ACT, others=404, visitor=LOGIN, seller=200),
    "listings:autosave": of("seller", methods=ACT, ids=("draft",)),
    "listings:versions": of("seller", "packer", "staff", ids=("draft",)),
    "listings:end": of("seller", methods=ACT, ids=("draft",), answer=302),
    "listings:stock": of("seller", "packer", methods=BOTH, ids=("draft",), answer=(200, 302)),
    "listings:counts": of("seller", "packer", ids=("shop",)),
    "listings:photo": each(ids=("photo", "size"), others=404, seller=200, packer=200, staff=200),
    "orders:cart": public(),
    "orders:add": public(methods=BOTH, answer=302),
    "orders:quantity": public(methods=ACT, ids=("line",), answer=302),
    "orders:checkout": each(BOTH, others=(302, 422), buyer=(200, 422)),
    "orders:guest_checkout": public(methods=BOTH, answer=302),
    "orders:guest_renew": personal(methods=ACT, answer=302),
    "orders:group": of("buyer", ids=("group",)),
    "orders:pay": of("buyer", methods=ACT, ids=("group",), answer=302),
    "orders:mine": personal(),
    "orders:detail": of(*TRADERS, ids=("order",)),
    "orders:as_bought": of(*TRADERS, ids=("bought_line",)),
    "orders:ship": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:confirm": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:cancel": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:extend": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:call_off_lines": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:give_back": of(*TRADERS, methods=ACT, ids=("order",), answer=422),
    "orders:desk": personal(),
    "orders:money": personal(),
    "orders:figures": of("seller", "packer", "bookkeeper", ids=("shop",)),
    "orders:receipt": of("buyer", ids=("paid",)),
    "orders:group_receipt": of("buyer", ids=("paid_group",)),
    "orders:sales": of("seller", "bookkeeper", ids=("shop",)),
    "orders:statement": of("seller", "bookkeeper", ids=("shop", "year", "month")),
    "orders:webhook": public(methods=ACT, answer=403),
    "orders:carrier_webhook": public(methods=ACT, answer=403),
    "care:mine": personal(),
    "care:of_order": of(*TRADERS, ids=("order",)),
    "care:open": of("buyer", methods=BOTH, ids=("sent",), answer=(302, 422)),
    "care:dispute": of("seller", "buyer", ids=("dispute",)),
    "care:say": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=422),
    "care:offer": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=422),
    "care:refuse": of("seller", "buyer", methods=ACT, ids=("offer",), answer=302),
    "care:accept": of("seller", "buyer", methods=ACT, ids=("offer",), answer=302),
    "care:escalate": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=302),
    "care:withdraw": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=302),
    "care:say_where": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=302),
    "care:send_back": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=302),
    "care:arrived": of("seller", "buyer", methods=ACT, ids=("dispute",), answer=302),
    "care:appeal": of("seller", "buyer", methods=ACT, ids=("ruling",), answer=302),
    "care:photo": of("seller", "buyer", "staff", ids=("evidence", "size")),
    "care:review": of("buyer", methods=BOTH, ids=("received_line",), answer=(200, 422)),
    "care:received": personal(),
    "care:answer": of("seller", methods=ACT, ids=("review",), answer=302),
    "care:of_listing": public(ids=("live",)),
    "care:of_shop": public(ids=("slug",)),
    "trust:standing": personal(),
    "scoring:score": personal(),
    "cases:mine": personal(),
    "cases:decision": of("seller", "staff", ids=("decision",)),
    "cases:appeal": of("seller", "staff", methods=ACT, ids=("decision",), answer=422),
    "admin:accounts_traderidentity_show": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:accounts_traderidentity_verify": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:accounts_traderidentity_refuse": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:shops_shop_approve": desk(methods=ACT, ids=("shop",), answer=302),
    "admin:shops_shop_refuse": desk(methods=ACT, ids=("shop",), answer=302),
    "admin:cases_next": desk(methods=ACT, answer=302),
    "admin:cases_claim": desk(methods=ACT, ids=("case",), answer=302),
    "admin:cases_unclaim": desk(methods=ACT, ids=("case",), answer=302),
    "admin:cases_decide": desk(methods=ACT, ids=("case",), answer=422),
    "admin:cases_answer": desk(methods=ACT, ids=("appeal",), answer=422),
    "admin:care_dispute_rule": desk(methods=ACT, ids=("dispute",), answer=422),
    "admin:care_dispute_delivered": desk(methods=ACT, ids=("dispute",), answer=302),
    "admin:care_appeal_answer": desk(methods=ACT, ids=("ruling_appeal",), answer=422),
    "admin:care_review_withdraw": desk(methods=ACT, ids=("review",), answer=422),
    "admin:care_review_restore": desk(methods=ACT, ids=("review",), answer=302),
    "admin:references_photo": desk(ids=("reference",)),
    "admin:listings_original": desk(ids=("original",)),
    # Last: whoever accepts works in the shop from then on.
    "shops:accept": of("buyer", methods=ACT, ids=("invitation",), answer=302),
    "shops:join": personal(methods=BOTH, ids=("token",), answer=(200, 302)),
}
