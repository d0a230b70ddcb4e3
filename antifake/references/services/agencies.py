"""People who file notices for a rights holder: named by the holder, ended by either."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.references.models import Agency
from marketplace.accounts.models import Role, User
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox import services as outbox


@transaction.atomic
def name_agent(*, holder_id: int, email: str, at: datetime) -> Agency | None:
    """Let somebody file notices for a holder. Safe to repeat.

    None where nobody has this address: who asks does not learn it. Raises NotAllowed to whoever
    is no rights holder, BadInput for oneself.
    """
    holder = User.objects.select_for_update(no_key=True).get(pk=holder_id)
    if not holder.roles.filter(role=Role.RIGHTS_HOLDER).exists():
        raise NotAllowed(_("Only rights holders name agents."))
    agent = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if agent is None:
        return None
    if agent.pk == holder_id:
        raise BadInput(_("You act for yourself already."), "email")
    agency, created = Agency.objects.get_or_create(
        holder=holder, agent=agent, ended_at=None, defaults={"since": at}
    )
    if created:
        _record("agent.named", agency, by_id=holder_id, at=at)
    return agency


@transaction.atomic
def end_agency(*, agency_id: int, by_id: int, at: datetime) -> Agency:
    """End it at once; what the agent filed stays the holder's. Safe to repeat.

    Raises NotAllowed to all but the two.
    """
    agency = Agency.objects.select_for_update(no_key=True, of=["self"]).get(pk=agency_id)
    if by_id not in (agency.holder_id, agency.agent_id):
        raise NotAllowed(_("Only the holder and the agent may end this."))
    if agency.ended_at is None:
        agency.ended_at = at
        agency.save(update_fields=["ended_at"])
        _record("agent.ended", agency, by_id=by_id, at=at)
    return agency


def _record(action: str, agency: Agency, *, by_id: int, at: datetime) -> None:
    data = {"holder_id": agency.holder_id, "agent_id": agency.agent_id}
    subject = f"user:{agency.holder_id}"
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)
