"""What a person allowed is no news for a shop; what spoke for the shop keeps speaking."""

import pytest

from antifake.cases import queries
from antifake.cases.learning import verdicts
from antifake.cases.models import Finding
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW
from tests.factories.learning import make_verdicts

pytestmark = pytest.mark.django_db


def test_allowing_a_listing_clears_what_spoke_against_it_and_no_authorisation():
    facts = [([("authorised", -4.0), ("brand_typo", 1.8)], False)]
    [scan] = make_verdicts(facts, statement=None, staff=[make_staff()])
    assert queries.cleared_keys(scan.listing.shop_id) == {f"brand_typo:{scan.pk}"}


def test_verdicts_teach_nothing_about_findings_that_were_not_weighed():
    facts = [([("reference_photo", 4.3), ("brand_use", 1.2)], False)]
    [scan] = make_verdicts(facts, statement=None, staff=[make_staff()])
    Finding.objects.filter(scan=scan, kind="brand_use").update(contribution=0)
    [example] = verdicts.examples(until=NOW.replace(year=NOW.year + 1))
    assert [seen.kind for seen in example.findings] == ["reference_photo"]
