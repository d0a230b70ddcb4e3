"""Every decision is frozen with its evidence and replays to the same values."""

import zlib

import psycopg2
import pytest

from antifake.cases import queries, services
from antifake.cases.models import Case, EvidencePack, PackPart, Scan
from antifake.cases.rules.packing import as_bytes, from_bytes, packed, unpacked
from antifake.cases.services import packs
from antifake.detectors import base, registry
from marketplace.rulebook import services as rulebook
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, check, make_brand, make_case, post_listing, remove

pytestmark = pytest.mark.django_db


class Other:
    """A later version of the detector of names."""

    name = "brand_name"
    version = "later"

    def examine(self, subject, bank):
        return []


def test_subject_and_bank_come_back_value_for_value():
    photo = base.PhotoView(1, 0, "ab", (bytes(range(32)),), 80)
    pair = base.Pair(1, 3, 0.1234567890123456, mirrored=True)
    subject = base.Subject(
        1,
        2,
        "Nike \u200b„Schuh“",
        photos=(photo,),
        picture_texts=((1, "AAA"),),
        seller=base.SellerView(linked_to_removed=("phone",)),
        price=base.PriceView(1250, "EUR", None, 7.1, 0.2, 9),
    )
    bank = base.Bank(
        brands=(base.KnownBrand(1, "Nike"),),
        references=(base.KnownReference(1, 1, "Nike", b"\3" * 32, pairs=(pair,)),),
        market_photos=(base.KnownPhoto(1, 2, 3, b"\4" * 32, 1, pair=pair),),
        ordinary_words=frozenset({"shoe", "bag"}),
    )
    for value in (subject, bank):
        sha256, data = as_bytes(packed(value))
        assert unpacked(type(value), from_bytes(sha256, data)) == value


def test_a_field_that_an_old_pack_does_not_know_takes_its_default():
    old = packed(base.Subject(1, 2, "Basket"))
    del old["second_hand"]
    assert unpacked(base.Subject, old | {"gone": 1}) == base.Subject(1, 2, "Basket")


def test_every_decision_replays_to_the_same_values():
    case = make_case()
    published = check(post_listing("Hand-woven basket", seeds=[4]))
    for scan_id, least in ((case.scan_id, 2), (published.pk, 0)):
        result = services.replay(scan_id=scan_id)
        assert (result.same, result.differences, result.changed_versions) == (True, (), ())
        assert result.findings >= least


def test_brands_are_stored_once_for_all_packs_and_packs_stay_small():
    for number in range(40):
        make_brand(f"Brandname{number}")
    check(post_listing("Basket", seeds=[1]))
    check(post_listing("Bowl", seeds=[2]))
    assert PackPart.objects.count() == 2  # the brands and the model
    assert all(len(pack.data) < 4000 for pack in EvidencePack.objects.all())


def test_a_published_rule_does_not_change_what_an_old_decision_replays_to():
    case = make_case()
    rulebook.publish(
        key="cases.hold_permille", value=1000, valid_from=NOW, reason="A test.", by_id=None, at=NOW
    )
    assert services.replay(scan_id=case.scan_id).same


def test_another_version_of_a_detector_is_said_and_not_called_different(monkeypatch):
    case = make_case()
    others = tuple(Other() if one.name == "brand_name" else one for one in registry.ALL)
    monkeypatch.setattr(registry, "ALL", others)
    result = services.replay(scan_id=case.scan_id)
    assert result.same
    [changed] = result.changed_versions
    assert changed.startswith("brand_name ")
    assert changed.endswith("→ later")


def test_a_detector_that_says_otherwise_under_the_same_version_is_told(monkeypatch):
    case = make_case()
    [name] = [one for one in registry.ALL if one.name == "brand_name"]
    changed = Other()
    changed.version = name.version
    others = tuple(changed if one is name else one for one in registry.ALL)
    monkeypatch.setattr(registry, "ALL", others)
    result = services.replay(scan_id=case.scan_id)
    assert not result.same
    assert "No longer found" in result.differences[0]


def test_a_pack_that_was_changed_or_lacks_a_part_is_told():
    case = make_case()
    pack = EvidencePack.objects.get(scan=case.scan_id)
    body = zlib.decompress(bytes(pack.data)).replace(b"N1ke", b"Mike")
    EvidencePack.objects.filter(pk=pack.pk).update(data=zlib.compress(body))
    assert services.replay(scan_id=case.scan_id).differences == (
        "The evidence pack has been changed.",
    )
    EvidencePack.objects.filter(pk=pack.pk).update(data=bytes(pack.data))
    PackPart.objects.all().delete()
    assert services.replay(scan_id=case.scan_id).differences == ("The evidence pack lacks a part.",)


def test_nothing_in_a_pack_names_a_person():
    case = make_case()
    owner = case.listing.shop.owner
    text = str(packs.opened(pack=EvidencePack.objects.get(scan=case.scan_id)).body)
    assert owner.email not in text
    assert "hash" not in str(packed(base.SellerView()))


@pytest.mark.parametrize(
    "table", ["evidencepack", "packpart", "picturetext", "auditsample", "refusedcontent"]
)
def test_web_and_workers_cannot_rewrite_evidence(app_connection, table):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        app_connection.cursor().execute(f"DELETE FROM cases_{table}")


def test_the_explanation_tells_versions_findings_probability_and_policy_in_words():
    case = make_case()
    remove(case, make_staff())
    lines = "\n".join(queries.explanation(case.listing_id))
    for part in (
        "brand_lookalike (brand_name",
        "Versions: authorised 1",
        "threshold",
        "contribution +",
        f"Probability {case.risk_permille} of 1000",
        "Policy: hold until a person has looked",
        "protected_brand",
        "by a person: remove",
        "Evidence pack",
    ):
        assert part in lines
    assert queries.explanation(10**9) == ["Listing 1000000000 has not been looked at."]


def test_what_a_person_cleared_is_explained_as_cleared():
    case, staff = make_case(), make_staff()
    services.decide(case_id=case.pk, verdict="allow", note="", by_id=staff.pk, at=NOW)
    shop = case.listing.shop
    scan = check(post_listing("N1ke shoes", shop=shop, seeds=[1]))
    assert scan.risk_permille == 20
    assert "cleared by a person before" in "\n".join(queries.explanation(scan.listing_id))
    assert services.replay(scan_id=scan.pk).same


def test_contributions_and_prior_make_up_the_probability():
    case = make_case()
    rows = list(case.scan.findings.all())
    assert sum(row.contribution > 0 for row in rows) == len(rows) == 2
    assert Scan.objects.get().ground == "protected_brand"
    assert Case.objects.get().risk_permille == case.scan.risk_permille
