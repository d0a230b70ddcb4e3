"""Rights holders, their rights, and notices about goods on sale."""

import uuid
from datetime import UTC, datetime, timedelta

from antifake.cases.models import Case
from antifake.notices import services
from antifake.notices.models import ItemState, Notice, NoticeItem, NoticeState
from antifake.references import services as references
from antifake.references.models import Right
from marketplace.accounts.models import Role
from tests.factories.accounts import make_staff, make_user
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import make_shop

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
PROOF = b"%PDF-1.4\n% certificate\n%%EOF\n"
REASON = "They carry our registered name without our agreement."
WORDS = {"reason": REASON, "sworn_name": "Ingrid Nordvik", "good_faith": True}


def claim(name="Nordvik", **facts):
    """What a holder says about a trademark."""
    facts.setdefault("kind", "trademark")
    facts.setdefault("holder", f"{name} Strikk")
    facts.setdefault("number", "NO-123456")
    facts.setdefault("expires_at", NOW + timedelta(days=2_000))
    return references.Claim(name=name, **facts)


def make_holder(**facts):
    """Somebody with the role."""
    return make_user(role=Role.RIGHTS_HOLDER, **facts)


def make_right(*, owner=None, verified=True, staff=None, at=NOW, **facts):
    """A registered right, looked at by staff unless it shall wait."""
    owner = owner or make_holder()
    right = references.register_right(
        key=uuid.uuid4(),
        owner_id=owner.pk,
        by_id=owner.pk,
        claim=claim(**facts),
        upload=PROOF,
        at=at,
    )
    if verified:
        staff = staff or make_staff()
        right = references.verify_right(right_id=right.pk, by_id=staff.pk, at=at)
    return right


def make_goods(count=1, *, shop=None, filler=None):
    """Goods on sale in one shop, and five times as many others there, so that few are a fifth."""
    shop = shop or make_shop()
    goods = [make_listing(shop=shop) for _ in range(count)]
    category = goods[0].category
    for _ in range(4 * count if filler is None else filler):
        make_listing(shop=shop, category=category)
    for one in goods:
        make_variant(listing=one)
    return goods


def draft(right, goods, *, by=None, at=NOW, **words):
    """A notice that is written and not sent."""
    by_id = by.pk if by else right.owner_id
    notice = services.begin(key=uuid.uuid4(), holder_id=right.owner_id, by_id=by_id, at=at)
    facts = {**WORDS, **words}
    services.write(
        notice_id=notice.pk, by_id=by_id, words=services.Words(right_id=right.pk, **facts), at=at
    )
    services.add_goods(
        notice_id=notice.pk, by_id=by_id, listing_ids=[one.pk for one in goods], at=at
    )
    return Notice.objects.get(pk=notice.pk)


def send(right, goods, *, by=None, at=NOW, **words):
    """A notice that was sent."""
    notice = draft(right, goods, by=by, at=at, **words)
    return services.send(notice_id=notice.pk, by_id=by.pk if by else right.owner_id, at=at)


def trust_record(right, *, upheld=60, wrong=0, at=NOW):
    """Give a holder a record: items of an old notice that were decided."""
    listing = make_listing()
    notice = Notice.objects.create(
        key=uuid.uuid4(),
        holder_id=right.owner_id,
        by_id=right.owner_id,
        right=right,
        state=NoticeState.DECIDED,
        created_at=at,
        sent_at=at - timedelta(days=40),
        **WORDS,
    )
    states = [ItemState.UPHELD] * upheld + [ItemState.REJECTED] * wrong
    goods = [make_listing(shop=listing.shop, category=listing.category) for _ in states]
    NoticeItem.objects.bulk_create(
        NoticeItem(notice=notice, listing=one, state=state, decided_at=at - timedelta(days=39))
        for one, state in zip(goods, states, strict=True)
    )
    return notice


def case_about(listing):
    """The case of a listing."""
    return Case.objects.get(listing=listing)


def as_right(right):
    """The row as it is now."""
    return Right.objects.get(pk=right.pk)


def one_of_each_notice(shop, holder, staff, *, at):
    """A right, a notice that withheld goods of a shop, its answer, an agency; their ids."""
    right = make_right(owner=holder, staff=staff, at=at)
    trust_record(right, upheld=29, at=at)
    notice = send(right, make_goods(shop=shop), at=at)
    item = notice.items.get()
    words = "We bought them from the holder."
    counter = services.answer(item_id=item.pk, by_id=shop.owner_id, text=words, at=at)
    agent = make_user()
    agency = references.name_agent(holder_id=holder.pk, email=agent.email, at=at)
    return {
        "right": right.pk,
        "notice": notice.pk,
        "notice_item": item.pk,
        "counter": counter.pk,
        "agency": agency.pk,
        "proof": right.proofs.get().file_id,
    }
