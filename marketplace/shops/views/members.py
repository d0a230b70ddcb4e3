"""Who works in a shop: the owner's page, and the two ways to accept an invitation."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops import queries, services
from marketplace.shops.forms import InviteForm
from marketplace.shops.models import MemberRole, ShopInvitation, ShopMember, ShopQuerySet
from marketplace.shops.rules import INVITATION_DAYS, Act


@require_safe
@login_required
def members(request: SignedInRequest) -> HttpResponse:
    """Show the people of each shop one owns, the open invitations, and a form to invite."""
    return _page(request)


@never_cache
@require_POST
@login_required
def invite(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    shop = get_object_or_404(_mine(request), pk=shop_id)
    form = InviteForm(request.POST, prefix=f"shop-{shop.pk}")
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        _invitation, token = services.invite_member(
            shop_id=shop.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
        )
    except MarketplaceError as error:
        form.add_error(None, error.reason)
        return _page(request, form, status=422)
    link = request.build_absolute_uri(reverse("shops:join", args=[token]))
    context = {"shop": shop, "link": link, "days": INVITATION_DAYS}
    return render(request, "shops/invited.html", context)


@require_POST
@login_required
def change_role(request: SignedInRequest, member_id: int) -> HttpResponse:
    """Give somebody another role."""
    member = get_object_or_404(ShopMember, pk=member_id, shop__in=_mine(request))
    role = request.POST.get("role", "")
    return _act(
        request,
        lambda: services.change_role(
            member_id=member.pk, role=role, by_id=request.user.pk, at=timezone.now()
        ),
        _("The role has changed."),
    )


@require_POST
@login_required
def remove(request: SignedInRequest, member_id: int) -> HttpResponse:
    """End somebody's work in an own shop, or one's own work in any."""
    known = ShopMember.objects.filter(shop__in=_mine(request)) | ShopMember.objects.filter(
        user=request.user
    )
    member = get_object_or_404(known.distinct(), pk=member_id)
    leaves = member.user_id == request.user.pk
    return _act(
        request,
        lambda: services.remove_member(
            member_id=member.pk, by_id=request.user.pk, at=timezone.now()
        ),
        _("You have left the shop.")
        if leaves
        else _("Removed. The person has no access any more."),
        back="shops:desk" if leaves else "shops:members",
    )


@require_POST
@login_required
def withdraw(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation void."""
    found = get_object_or_404(ShopInvitation, pk=invitation_id, shop__in=_mine(request))
    return _act(
        request,
        lambda: services.withdraw(invitation_id=found.pk, by_id=request.user.pk, at=timezone.now()),
        _("The invitation is void."),
    )


@require_safe
@login_required
def invitations(request: SignedInRequest) -> HttpResponse:
    """Show the invitations made out to the signed-in person, and the shops worked in."""
    found = queries.invitations_for(user_id=request.user.pk, at=timezone.now())
    own = ShopMember.objects.filter(user=request.user).select_related("shop").order_by("pk")
    context = {"invitations": found, "memberships": own}
    return render(request, "shops/invitations.html", context)


@require_POST
@login_required
def accept(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Accept an invitation made out to the signed-in person."""
    get_object_or_404(ShopInvitation, pk=invitation_id, for_user=request.user)
    return _act(
        request,
        lambda: services.accept(
            user_id=request.user.pk, invitation_id=invitation_id, at=timezone.now()
        ),
        _("Welcome. This is the shop's desk."),
        back="shops:desk",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request: SignedInRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link. What the link opens is told after accepting alone."""
    if request.method != "POST":
        return render(request, "shops/join.html")
    return _act(
        request,
        lambda: services.accept(user_id=request.user.pk, token=token, at=timezone.now()),
        _("Welcome. This is the shop's desk."),
        back="shops:desk",
    )


def _mine(request: SignedInRequest) -> ShopQuerySet:
    return queries.shops_where(request.user, Act.MANAGE_MEMBERS)


def _page(
    request: SignedInRequest, sent: InviteForm | None = None, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    rows = []
    for shop in _mine(request):
        prefix = f"shop-{shop.pk}"
        form = sent if sent and sent.prefix == prefix else InviteForm(prefix=prefix)
        invited = queries.open_invitations(shop_id=shop.pk, at=at)
        rows.append((shop, queries.members_of(shop.pk), invited, form))
    if not rows:
        raise Http404
    context = {"rows": rows, "roles": MemberRole.choices}
    return render(request, "shops/members.html", context, status=status)


def _act(
    request: SignedInRequest,
    act: Callable[[], object],
    done: str,
    back: str = "shops:members",
) -> HttpResponse:
    """Call one service and say how it went."""
    try:
        act()
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect(back)
