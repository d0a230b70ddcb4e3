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


def by_token(method="get", *ids):
    """The API: a session opens nothing there, only a token does (tests/marketplace/developers)."""
    return Row((method,), (401,) * len(ROLES), ids)


# They may open the order; what the services then let each do: tests/marketplace/shops.
TRADERS = ("seller", "buyer", "packer", "bookkeeper")
TALKERS = ("seller", "buyer", "packer")
TABLE = {
    **dict.fromkeys(("healthz", "readyz"), public(methods=BOTH)),
    "storefront:home": public(),
    "storefront:search": public(),
    "storefront:listing": each(ids=("draft",), others=404, seller=200, packer=200),
    "storefront:shop": public(ids=("slug",)),
    "storefront:category": public(ids=("shelf_slug",)),
    "storefront:destination": public(methods=BOTH, answer=(200, 302)),
    **dict.fromkeys(("storefront:wishes", "storefront:searches"), personal()),
    # Visitors sign in first, and what they asked for is kept; drafts cannot be wished for.
    "storefront:keep_wish": personal(methods=ACT, ids=("draft",), answer=404),
    "storefront:watch": personal(methods=ACT, ids=("draft_choice",), answer=404),
    "storefront:drop_wish": personal(methods=ACT, ids=("draft",), answer=302),
    "storefront:stop_watch": personal(methods=ACT, ids=("draft_choice",), answer=302),
    "storefront:save_search": personal(methods=ACT, answer=302),
    "storefront:saved_search": of("buyer", ids=("saved_search",), answer=302),
    "storefront:change_search": of("buyer", methods=ACT, ids=("saved_search",), answer=302),
    **dict.fromkeys(("storefront:robots", "storefront:sitemap"), public()),
    "storefront:sitemap_page": public(ids=("kind", "number")),
    "developers:home": public(),
    "developers:reference": public(),
    "developers:reference_group": public(ids=("endpoints",)),
    "developers:tokens": personal(),
    # To the page that asks for the password again.
    "developers:make_token": personal(methods=BOTH, answer=(200, 302, 422)),
    "developers:revoke_token": of("seller", methods=ACT, ids=("api_token",), answer=302),
    **{f"api:{name}": public() for name in ("schema", "listings", "categories")},
    "api:listing": public(ids=("live",)),
    "api:shop": public(ids=("slug",)),
    **{f"api:{name}": by_token() for name in ("me", "orders", "books", "cart", "purchases")},
    "api:goods": Row(BOTH, (401,) * len(ROLES)),
    "api:good": Row(("get", "patch"), (401,) * len(ROLES), ("draft",)),
    "api:variants": by_token("put", "draft"),
    "api:photos": by_token("post", "draft"),
    "api:photo": by_token("delete", "draft", "order"),
    "api:post_good": by_token("post", "draft"),
    "api:end_good": by_token("post", "draft"),
    "api:stock": by_token("post"),
    "api:webhooks": Row(BOTH, (401,) * len(ROLES)),
    "api:webhook": Row(("get", "delete"), (401,) * len(ROLES), ("webhook",)),
    "api:webhook_deliveries": by_token("get", "webhook"),
    "api:order": by_token("get", "order"),
    "api:ship": by_token("post", "order"),
    "api:cancel": by_token("post", "order"),
    "api:payouts": by_token("get", "slug"),
    "api:statement": by_token("get", "slug"),
    "api:cart_lines": by_token("post"),
    "api:cart_line": by_token("patch", "line"),
    "api:checkout": by_token("post"),
    "api:group": by_token("get", "group"),
    "api:pay": by_token("post", "group"),
    "api:purchase": by_token("get", "order"),
    "api:confirm": by_token("post", "order"),
    "api:call_off": by_token("post", "order"),
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
    "listings:ranking": of("seller", "packer", ids=("draft",)),
    "listings:end": of("seller", methods=ACT, ids=("draft",), answer=302),
    "listings:stock": of("seller", "packer", methods=BOTH, ids=("draft",), answer=(200, 422)),
    "listings:imports": each(BOTH, others=302, visitor=LOGIN, seller=(200, 422)),
    "listings:import_template": personal(ids=("table_kind",)),
    "listings:import": of("seller", ids=("goods_import",)),
    "listings:import_progress": of("seller", ids=("goods_import",)),
    "listings:import_columns": of("seller", methods=ACT, ids=("goods_import",), answer=422),
    **{
        f"listings:import_{verb}": of("seller", methods=ACT, ids=("goods_import",), answer=302)
        for verb in ("run", "stop", "undo")
    },
    "listings:import_fix": of("seller", ids=("goods_import", "table_kind")),
    "listings:export": of("seller", ids=("shop", "table_kind")),
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
    "orders:shop_shares": of("seller"),
    "orders:propose_share": of("seller", methods=ACT, ids=("shop",), answer=422),
    "orders:withdraw_share": of("seller", methods=ACT, ids=("share",), answer=302),
    "orders:my_shares": personal(),
    "orders:my_shares_file": personal(),
    # To the page that asks for the password again.
    "orders:share_account": personal(methods=BOTH, answer=(200, 302, 422)),
    "orders:agree_share": of("bookkeeper", methods=ACT, ids=("share",), answer=302),
    "orders:decline_share": of("bookkeeper", methods=ACT, ids=("share",), answer=302),
    "orders:end_share": of("seller", "bookkeeper", methods=ACT, ids=("share",), answer=302),
    "orders:webhook": public(methods=ACT, answer=403),
    "orders:carrier_webhook": public(methods=ACT, answer=403),
    "quotes:mine": personal(),
    "quotes:ask": personal(methods=BOTH, answer=(200, 422)),
    "quotes:desk": personal(),
    "quotes:request": of("seller", "buyer", ids=("quote_request",)),
    "quotes:close": of("buyer", methods=ACT, ids=("quote_request",), answer=302),
    "quotes:photo": of("seller", "buyer", ids=("request_photo", "size")),
    "quotes:write": of("seller", methods=BOTH, ids=("quote_request", "shop"), answer=(200, 422)),
    "quotes:detail": of("seller", "buyer", ids=("quote",)),
    "quotes:withdraw": of("seller", methods=ACT, ids=("quote",), answer=302),
    "quotes:decline": of("buyer", methods=ACT, ids=("quote",), answer=422),
    "quotes:say": of("seller", "buyer", methods=ACT, ids=("quote",), answer=422),
    "quotes:accept": of("buyer", methods=BOTH, ids=("deal",), answer=(200, 302, 422)),
    "quotes:agreed": of("seller", "buyer", ids=("agreed_ref",), answer=302),
    "hooks:list": personal(),
    "hooks:add": personal(methods=BOTH, answer=(200, 422)),
    "hooks:endpoint": of("seller", ids=("webhook",)),
    "hooks:change": of("seller", methods=BOTH, ids=("webhook",), answer=(200, 422)),
    "hooks:rotate": of("seller", methods=ACT, ids=("webhook",), answer=302),
    "hooks:pause": of("seller", methods=ACT, ids=("webhook",), answer=302),
    "hooks:resume": of("seller", methods=ACT, ids=("webhook",), answer=302),
    "hooks:test": of("seller", methods=ACT, ids=("webhook",), answer=302),
    "hooks:replay_failed": of("seller", methods=ACT, ids=("webhook",), answer=302),
    "hooks:delivery": of("seller", ids=("hook_delivery",)),
    "hooks:replay": of("seller", methods=ACT, ids=("hook_delivery",), answer=302),
    "hooks:delete": of("seller", methods=ACT, ids=("webhook",), answer=302),
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
    "talk:mine": personal(),
    "talk:desk": personal(),
    "talk:thread": of(*TALKERS, methods=BOTH, ids=("talk",), answer=(200, 422)),
    "talk:news": of(*TALKERS, ids=("talk",)),
    "talk:photo": of(*TALKERS, ids=("talk_photo", "size")),
    "talk:report": of("buyer", methods=BOTH, ids=("answered_message",), answer=(200, 422)),
    "talk:about_listing": each(BOTH, ids=("talk_listing",), others=(200, 302, 422), visitor=LOGIN),
    "talk:about_order": of(*TALKERS, methods=BOTH, ids=("talk_order",), answer=(200, 422)),
    "talk:questions": public(ids=("talk_listing",)),
    "talk:ask": each(BOTH, ids=("talk_listing",), others=(200, 302, 422), visitor=LOGIN),
    "talk:received": personal(),
    "talk:answer": of("seller", "packer", methods=ACT, ids=("question",), answer=422),
    "talk:replies": personal(),
    "talk:add_reply": of("seller", "packer", methods=ACT, ids=("shop",), answer=422),
    "talk:change_reply": of("seller", "packer", methods=BOTH, ids=("reply",), answer=(200, 422)),
    "talk:delete_reply": each(
        ACT, ids=("reply",), others=404, visitor=LOGIN, seller=302, packer=302
    ),
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
    "admin:talk_report_decide": desk(methods=ACT, ids=("talk_report",), answer=422),
    "admin:talk_report_lift": desk(methods=ACT, ids=("talk_report",), answer=404),
    "admin:talk_question_withdraw": desk(methods=ACT, ids=("question",), answer=422),
    "admin:talk_question_restore": desk(methods=ACT, ids=("question",), answer=302),
    "admin:references_photo": desk(ids=("reference",)),
    "admin:listings_original": desk(ids=("original",)),
    # Last: whoever accepts works in the shop from then on.
    "shops:accept": of("buyer", methods=ACT, ids=("invitation",), answer=302),
    "shops:join": personal(methods=BOTH, ids=("token",), answer=(200, 302)),
}
