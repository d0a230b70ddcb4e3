"""What the policy would do about a listing whose only fault is one photo like a known one."""

from __future__ import annotations

from antifake.cases.learning.model import FOUNDING, probability
from antifake.cases.rules.policy import policy
from antifake.detectors.base import Bank, KnownPhoto, KnownReference, Pair, PhotoView, Subject
from antifake.detectors.photo_match import PhotoMatch
from marketplace.rulebook.rules import CATALOGUE

HOLD_PERMILLE = CATALOGUE["cases.hold_permille"].founding
SELLERS, HOLDERS, FAKES = "another_seller", "rights_holder", "confirmed_fake"
_NO_HASH = bytes(32)


def rulings(pair: Pair) -> dict[str, str]:
    """Return publish, ask or hold by whose the known photo is.

    By the founding model, before any verdict; "ask" is a listing that is published while its
    seller is asked whether the photo is theirs.
    """
    mine = Pair(**{**vars(pair), "photo_id": 1})
    shop = KnownPhoto(2, 2, 2, _NO_HASH, copy_photo_id=1, pair=mine)
    holder = KnownReference(3, 1, "Brand", _NO_HASH, pairs=(mine,))
    fake = KnownReference(4, 1, "Brand", _NO_HASH, confirmed_fake="decision", pairs=(mine,))
    return {
        SELLERS: _ruled(Bank(market_photos=(shop,))),
        HOLDERS: _ruled(Bank(references=(holder,))),
        FAKES: _ruled(Bank(references=(fake,))),
    }


def _ruled(bank: Bank) -> str:
    view = PhotoView(1, 0, "", (_NO_HASH,), 100)
    subject = Subject(listing_id=1, shop_id=1, title="", photos=(view,))
    findings = PhotoMatch().examine(subject, bank)
    risk = probability(findings, FOUNDING).permille
    ruling = policy(
        findings, risk_permille=risk, prohibited_permille=0, hold_permille=HOLD_PERMILLE
    )
    if ruling.outcome == "publish" and findings:
        return "ask"
    return str(ruling.outcome)
