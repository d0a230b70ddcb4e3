"""Services of trader identity: a trader states who he is, staff verify or refuse it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts import guests, numbers, rules
from marketplace.accounts.columns import canonical_email
from marketplace.accounts.models import (
    AccessReason,
    DocumentKind,
    IdentityState,
    TraderIdentity,
    User,
)
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox


@dataclass(frozen=True)
class Facts:
    """What a trader says about himself, in clear. Country and document kind as in the model."""

    legal_name: str = ""
    country: str = ""
    street: str = ""
    phone: str = ""
    email: str = ""
    register_name: str = ""
    register_number: str = ""
    vat_number: str = ""
    payment_holder: str = ""
    payment_account: str = ""
    document_kind: str = DocumentKind.PASSPORT
    document_number: str = ""


PLAIN = {"country", "register_name", "document_kind"}
NEEDED = (
    "legal_name",
    "country",
    "street",
    "phone",
    "email",
    "payment_holder",
    "payment_account",
    "document_number",
)


@transaction.atomic
def save_identity(*, user_id: int, facts: Facts, at: datetime) -> TraderIdentity:
    """Keep what a trader has filled in so far; nothing needs to be complete.

    Raises BadInput if something given cannot be, WrongState once it has been sent.
    """
    return _store(user_id=user_id, facts=_checked(facts), state=IdentityState.DRAFT, at=at)


@transaction.atomic
def submit_identity(*, user_id: int, facts: Facts, certified: bool, at: datetime) -> TraderIdentity:
    """Send a trader's identity to be verified, also again after a refusal or a change.

    `certified`: the trader states that he offers only what the law allows.
    Raises BadInput if something is missing or cannot be.
    """
    if not certified:
        raise BadInput(
            _("Confirm that you offer only goods that the law allows."), field="certified"
        )
    facts = _checked(facts)
    for name in NEEDED:
        if not getattr(facts, name):
            raise BadInput(_("This is needed before we can verify you."), field=name)
    return _store(user_id=user_id, facts=facts, state=IdentityState.SUBMITTED, at=at)


@transaction.atomic
def verify_identity(*, identity_id: int, version: int, by_id: int, at: datetime) -> TraderIdentity:
    """Accept a trader's identity as it was in `version`. Safe to repeat.

    Raises NotAllowed if `by_id` is no staff or the trader, WrongState if it changed meanwhile.
    """
    return _decide(
        identity_id=identity_id,
        version=version,
        by_id=by_id,
        state=IdentityState.VERIFIED,
        reason="",
        at=at,
    )


@transaction.atomic
def refuse_identity(
    *, identity_id: int, version: int, by_id: int, reason: str, at: datetime
) -> TraderIdentity:
    """Turn a trader's identity down; `reason` is shown to the trader. Safe to repeat.

    Raises BadInput without a reason, NotAllowed if `by_id` is no staff or the trader,
    WrongState if it changed meanwhile.
    """
    if not reason.strip():
        raise BadInput(_("Say why, so that the trader can mend it."), field="reason")
    return _decide(
        identity_id=identity_id,
        version=version,
        by_id=by_id,
        state=IdentityState.REFUSED,
        reason=reason.strip(),
        at=at,
    )


@transaction.atomic
def show_identity(
    *, identity_id: int, by_id: int, reason: str, at: datetime
) -> tuple[TraderIdentity, Facts]:
    """Open a trader's identity to a member of staff; who looked, when and why is recorded.

    `reason` is one of AccessReason. Raises BadInput for another, NotAllowed if `by_id` may not.
    """
    if reason not in AccessReason.values:
        raise BadInput(_("Say why you need to see it."), field="reason")
    identity = TraderIdentity.objects.get(pk=identity_id)
    by = _judge(identity, by_id)
    outbox.record(
        action="identity.shown",
        actor=by.ref,
        subject=identity.ref,
        data={"reason": str(reason), "version": identity.version},
        at=at,
    )
    return identity, facts_of(identity)


def facts_of(identity: TraderIdentity) -> Facts:
    """Return an identity's facts in clear."""
    return Facts(**{name: getattr(identity, _column(name)) for name in asdict(Facts())})


def _store(*, user_id: int, facts: Facts, state: str, at: datetime) -> TraderIdentity:
    guests.refuse_guest(user_id=user_id)
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    identity, created = TraderIdentity.objects.get_or_create(user=user, defaults={"changed_at": at})
    if not created:
        same = facts_of(identity) == facts and identity.state == state
        if same:
            return identity
        _check_move(identity, state)
        identity.version += 1
    for name, value in asdict(facts).items():
        setattr(identity, _column(name), value)
    identity.state, identity.changed_at = state, at
    identity.decided_by, identity.decided_at, identity.reason_sealed = None, None, ""
    if state == IdentityState.SUBMITTED:
        identity.certified_version = rules.CERTIFICATION_VERSION
        identity.certified_at = identity.submitted_at = at
        action = "identity.submitted"
        outbox.emit(action, subject=identity.ref, data={"user_id": user_id}, at=at)
    else:
        action = "identity.saved"
    identity.save()
    data = {"version": identity.version}
    outbox.record(action=action, actor=user.ref, subject=identity.ref, data=data, at=at)
    return identity


def _decide(
    *, identity_id: int, version: int, by_id: int, state: str, reason: str, at: datetime
) -> TraderIdentity:
    identity = TraderIdentity.objects.select_for_update(no_key=True).get(pk=identity_id)
    by = _judge(identity, by_id)
    if identity.version != version:
        raise WrongState(_("The trader changed this meanwhile. Look at it again."))
    if (identity.state, identity.reason_sealed) == (state, reason):
        return identity
    _check_move(identity, state)
    identity.state, identity.reason_sealed = state, reason
    identity.decided_by, identity.decided_at = by, at
    identity.save(update_fields=["state", "reason_sealed", "decided_by", "decided_at"])
    action = f"identity.{state}"
    data = {"version": version}
    outbox.record(action=action, actor=by.ref, subject=identity.ref, data=data, at=at)
    outbox.emit(action, subject=identity.ref, data={"user_id": identity.user_id}, at=at)
    return identity


def _judge(identity: TraderIdentity, by_id: int) -> User:
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active):
        raise NotAllowed(_("Only staff may do this."))
    if identity.user_id == by_id:
        raise NotAllowed(_("Nobody decides about himself. Ask a colleague."))
    return by


def _check_move(identity: TraderIdentity, state: str) -> None:
    if (identity.state, state) not in rules.IDENTITY_MOVES:
        raise WrongState(_("This is not possible in the present state of the identity."))


def _checked(facts: Facts) -> Facts:
    """Return the facts as they are stored; what is empty stays empty."""
    given = {name: str(value).strip() for name, value in asdict(facts).items()}
    if given["document_kind"] not in DocumentKind.values:
        raise BadInput(_("There is no such document."), field="document_kind")
    if given["country"] and given["country"] not in rules.COUNTRIES:
        raise BadInput(_("There is no such country."), field="country")
    for kind in rules.NUMBER_LENGTHS:
        given[kind] = rules.plain_number(given[kind])
        if given[kind] and not rules.has_possible_length(kind, given[kind]):
            raise BadInput(_("This number is too short or too long."), field=kind)
    _refuse_mistyped(given)
    return Facts(**{**given, "phone": _phone(given["phone"]), "email": _email(given["email"])})


def _refuse_mistyped(given: dict[str, str]) -> None:
    country = given["country"]
    wrong = {
        "vat_number": numbers.wrong_tax_number(country, given["vat_number"]),
        "register_number": numbers.wrong_register_number(country, given["register_number"]),
        "payment_account": numbers.wrong_iban(given["payment_account"]),
    }
    for field, sentence in wrong.items():
        if given[field] and sentence:
            raise BadInput(sentence, field=field)


def _phone(text: str) -> str:
    try:
        return rules.e164(text) if text else ""
    except ValueError as error:
        reason = _("Give the whole phone number with its country code, such as +250 788 123 456.")
        raise BadInput(reason, field="phone") from error


def _email(text: str) -> str:
    if text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise BadInput(_("This is not an e-mail address."), field="email") from error
    return canonical_email(text)


def _column(name: str) -> str:
    return name if name in PLAIN else f"{name}_sealed"
