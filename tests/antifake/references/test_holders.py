"""Rights: registered once with proofs, verified by staff, ended by their clock; agents."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from antifake.notices import services as notices
from antifake.references import queries, services
from antifake.references.models import Brand, Right, RightState, SealedFile
from antifake.references.services import files
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.services import listing as listings
from marketplace.outbox.models import Event, LogEntry
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import make_brand, post_listing
from tests.factories.listings import make_listing
from tests.factories.notices import NOW, PROOF, as_right, claim, draft, make_holder, make_right
from tests.factories.pictures import drawn

pytestmark = pytest.mark.django_db


def register(owner, *, key=None, upload=PROOF, **facts):
    return services.register_right(
        key=key or uuid.uuid4(),
        owner_id=owner.pk,
        by_id=owner.pk,
        claim=claim(**facts),
        upload=upload,
        at=NOW,
    )


def test_registering_twice_is_once_and_the_proof_lies_encrypted():
    owner, key = make_holder(), uuid.uuid4()
    rights = {register(owner, key=key).pk for _ in range(2)}
    assert len(rights) == SealedFile.objects.count() == 1
    file = SealedFile.objects.get()
    with storages["originals"].open(files.PROOFS.file_of(name=file.name)) as stored:
        assert b"certificate" not in stored.read()
    with pytest.raises(NotAllowed):
        files.download(file_id=file.pk, by_id=owner.pk, at=NOW)
    _row, data = files.download(file_id=file.pk, by_id=make_staff().pk, at=NOW)
    assert data == PROOF
    assert LogEntry.objects.filter(action="proof.seen").count() == 1
    assert files.PROOFS.erase_due(at=file.due_at) == 1
    with pytest.raises(WrongState):
        files.download(file_id=file.pk, by_id=make_staff().pk, at=NOW)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"number": ""}, "number"),
        ({"expires_at": None}, "expires_on"),
        ({"expires_at": NOW}, "expires_on"),
        ({"territory": ["XX"]}, "territory"),
        ({"name": " "}, "name"),
        ({"holder": " "}, "holder"),
        ({"kind": "feeling"}, "kind"),
        ({"upload": b""}, "proof"),
        ({"upload": b"MZ a program"}, "proof"),
    ],
)
def test_what_is_missing_is_named(facts, field):
    with pytest.raises(BadInput) as refused:
        register(make_holder(), **facts)
    assert refused.value.field == field
    assert not Right.objects.exists()


def test_a_work_needs_no_register_and_its_title_is_no_protected_word():
    work = {"kind": "copyright", "number": "", "expires_at": None, "name": "Blue"}
    right = make_right(**work)
    assert (right.due_at, right.brand.is_word) == (None, False)
    assert queries.brands_for(0) == ()
    assert not Event.objects.filter(name="brand.registered").exists()
    make_right(owner=as_right(right).owner, name="Blue", holder=right.holder)
    assert [brand.name for brand in queries.brands_for(0)] == ["Blue"]
    assert Event.objects.filter(name="brand.registered").count() == 1


def test_verifying_protects_the_name_and_nobody_rules_on_their_own():
    right, staff = make_right(verified=False), make_staff()
    for stranger in (right.owner_id, make_person().pk):
        with pytest.raises(NotAllowed):
            services.verify_right(right_id=right.pk, by_id=stranger, at=NOW)
    for _ in range(2):
        services.verify_right(right_id=right.pk, by_id=staff.pk, at=NOW)
    assert Brand.objects.get().name == "Nordvik"
    assert Event.objects.filter(name="brand.registered").count() == 1
    with pytest.raises(WrongState):
        services.refuse_right(right_id=right.pk, note="Not readable.", by_id=staff.pk, at=NOW)
    other = make_right(verified=False, holder="Somebody Else")
    with pytest.raises(WrongState, match="registered here for"):
        services.verify_right(right_id=other.pk, by_id=staff.pk, at=NOW)


def test_a_refusal_has_words_and_the_database_wants_them():
    right, staff = make_right(verified=False), make_staff()
    with pytest.raises(BadInput):
        services.refuse_right(right_id=right.pk, note="no", by_id=staff.pk, at=NOW)
    services.refuse_right(right_id=right.pk, note="It cannot be read.", by_id=staff.pk, at=NOW)
    assert not queries.usable_rights(right.owner_id, at=NOW).exists()
    for wrong in ({"note": ""}, {"state": "verified"}, {"number": ""}, {"kind": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Right.objects.filter(pk=right.pk).update(**wrong)


def test_the_clock_reminds_once_and_then_ends_the_right():
    right = make_right()
    notice = draft(right, [make_listing()])
    assert right.due_at == right.expires_at - timedelta(days=60)
    due = [right.due_at - timedelta(seconds=1), right.due_at, right.due_at]
    assert [services.look_at_due(at=at) for at in due] == [0, 1, 0]
    assert Message.objects.filter(kind="right.reminded").count() == 1
    assert services.look_at_due(at=right.expires_at) == 1
    assert as_right(right).state == RightState.EXPIRED
    sent = notices.send(notice_id=notice.pk, by_id=right.owner_id, at=right.expires_at)
    assert sent.state == "incomplete"


def test_an_agent_files_until_either_ends_it():
    holder, agent = make_holder(), make_person()
    right = make_right(owner=holder)
    assert services.name_agent(holder_id=holder.pk, email="nobody@example.org", at=NOW) is None
    agencies = {
        services.name_agent(holder_id=holder.pk, email=agent.email.upper(), at=NOW).pk
        for _ in range(2)
    }
    assert len(agencies) == 1
    assert list(queries.rights_of(agent.pk)) == [right]
    notice = draft(right, [make_listing()], by=agent)
    assert (notice.by, notice.holder) == (agent, holder)
    with pytest.raises(NotAllowed):
        services.end_agency(agency_id=agencies.copy().pop(), by_id=make_person().pk, at=NOW)
    services.end_agency(agency_id=agencies.pop(), by_id=agent.pk, at=NOW)
    with pytest.raises(NotAllowed):
        notices.send(notice_id=notice.pk, by_id=agent.pk, at=NOW)
    with pytest.raises(BadInput):
        services.name_agent(holder_id=holder.pk, email=holder.email, at=NOW)
    with pytest.raises(NotAllowed):
        services.name_agent(holder_id=agent.pk, email=holder.email, at=NOW)


def test_goods_are_found_by_a_picture_and_a_known_fake_at_a_glance():
    make_brand()
    copy, other = post_listing(seeds=[1]), post_listing(seeds=[2])
    for listing in (copy, other):
        services.describe_photos(photo_ids=listing.photos.values_list("pk", flat=True))
        listings.publish(listing_id=listing.pk, content_version=1, at=NOW)
    found = queries.goods_showing(drawn(1).resize((320, 240)))
    assert [(one.listing_id, one.is_copy) for one in found] == [(copy.pk, True)]
    fake = post_listing("A fake", pictures=[drawn(1).resize((500, 375))])
    services.confirm_fake(listing_id=fake.pk, decision_ref="decision:7", at=NOW)
    services.describe_bank()
    ids = [copy.pk, other.pk, fake.pk]
    assert queries.fakes_at_a_glance(ids) == {copy.pk: "decision:7"}
    assert [queries.fakes_compared(pk) for pk in ids] == ["decision:7", "", ""]
