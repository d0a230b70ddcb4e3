"""A person's home, profile and addresses; and the demo's one-click log-in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import queries, second_factor, services
from marketplace.accounts.forms import AddressForm, ProfileForm
from marketplace.accounts.models import Role
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput

# A proxy in front would make every visitor look local, so its marks close the demo's door.
PROXY_MARKS = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


@dataclass(frozen=True)
class Door:
    """A page that a role may need, by URL name; a name that no room serves is not shown."""

    role: str
    url_name: str
    label: Promise


DOORS = (
    Door(Role.BUYER, "storefront:search", gettext_lazy("Browse goods")),
    Door(Role.BUYER, "storefront:wishes", gettext_lazy("My wish list")),
    Door(Role.BUYER, "storefront:searches", gettext_lazy("Saved searches")),
    Door(Role.BUYER, "orders:cart", gettext_lazy("My cart")),
    Door(Role.BUYER, "orders:mine", gettext_lazy("My orders")),
    Door(Role.BUYER, "quotes:mine", gettext_lazy("What I asked for")),
    Door(Role.BUYER, "talk:mine", gettext_lazy("Conversations with shops")),
    Door(Role.BUYER, "care:mine", gettext_lazy("Disputes")),
    Door(Role.BUYER, "inbox:list", gettext_lazy("Messages to me")),
    Door(Role.BUYER, "scoring:mine", gettext_lazy("My record as a buyer")),
    Door(Role.BUYER, "shops:apply", gettext_lazy("Open a shop")),
    Door(Role.BUYER, "shops:invitations", gettext_lazy("Invitations to work in a shop")),
    Door(Role.SELLER, "shops:desk", gettext_lazy("My shop")),
    Door(Role.SELLER, "accounts:identity", gettext_lazy("Who I am as a trader")),
    Door(Role.SELLER, "listings:mine", gettext_lazy("My listings")),
    Door(Role.SELLER, "listings:new", gettext_lazy("List new goods")),
    Door(Role.SELLER, "orders:desk", gettext_lazy("Orders to send")),
    Door(Role.SELLER, "quotes:desk", gettext_lazy("Requests and quotes")),
    Door(Role.SELLER, "orders:money", gettext_lazy("My money")),
    Door(Role.SELLER, "talk:desk", gettext_lazy("Conversations with buyers")),
    Door(Role.SELLER, "talk:received", gettext_lazy("Questions about my goods")),
    Door(Role.SELLER, "talk:replies", gettext_lazy("Saved replies")),
    Door(Role.SELLER, "care:received", gettext_lazy("Reviews of my goods")),
    Door(Role.SELLER, "scoring:score", gettext_lazy("My credit score")),
    Door(Role.SELLER, "trust:standing", gettext_lazy("My standing")),
    Door(Role.SELLER, "cases:mine", gettext_lazy("Decisions about my listings")),
    Door(Role.SELLER, "inspections:mine", gettext_lazy("Inspections and the mark")),
    Door(Role.INSPECTOR, "inspections:mine", gettext_lazy("Inspections")),
    Door(Role.SELLER, "notices:received", gettext_lazy("Notices about my goods")),
    Door(Role.RIGHTS_HOLDER, "notices:home", gettext_lazy("My rights and notices")),
    Door(Role.RIGHTS_HOLDER, "notices:find", gettext_lazy("Find copies of my goods")),
    Door(Role.SELLER, "loans:mine", gettext_lazy("My loans")),
    Door(Role.RISK_OFFICER, "loans:desk", gettext_lazy("Risk desk")),
    Door(Role.INTEGRATOR, "developers:home", gettext_lazy("Connect your own programs")),
    Door(Role.INTEGRATOR, "developers:tokens", gettext_lazy("My tokens")),
    Door(Role.INTEGRATOR, "hooks:list", gettext_lazy("Webhooks")),
    Door(Role.STAFF, "admin:index", gettext_lazy("Staff desk")),
)


@require_safe
@login_required
def me(request: SignedInRequest) -> HttpResponse:
    """Show the signed-in person everything that their roles open."""
    roles = queries.roles_of(request.user.pk)
    if request.user.is_staff:
        roles.add(Role.STAFF)
    groups = [
        (role.label, [door for door in DOORS if door.role == role])
        for role in Role
        if role in roles and any(door.role == role for door in DOORS)
    ]
    context = {
        "groups": groups,
        "phone": queries.masked_phone(request.user),
        "identity": queries.identity_of(request.user.pk),
        "addresses": queries.addresses_of(request.user.pk),
        "second_factor": second_factor.is_on(user_id=request.user.pk),
    }
    return render(request, "accounts/me.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """Change name, country and language."""
    user = request.user
    initial = {
        "display_name": user.display_name,
        "country": user.country,
        "language": user.language,
    }
    form = ProfileForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.set_profile(user_id=user.pk, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:me")
    return render(request, "accounts/profile.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_address(request: SignedInRequest) -> HttpResponse:
    """Add a place where goods go."""
    form = AddressForm(request.POST or None, initial={"country": request.user.country})
    if form.is_valid():
        try:
            services.add_address(user_id=request.user.pk, at=timezone.now(), **form.cleaned_data)
        except BadInput as error:
            form.add_error(error.field or None, error.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:me")
    return render(request, "accounts/address.html", {"form": form})


@require_POST
@login_required
def delete_address(request: SignedInRequest, address_id: int) -> HttpResponse:
    """Forget one of the person's own addresses."""
    services.delete_address(user_id=request.user.pk, address_id=address_id, at=timezone.now())
    messages.success(request, _("Address deleted."))
    return redirect("accounts:me")


@require_http_methods(["GET", "HEAD", "POST"])
def demo(request: HttpRequest) -> HttpResponse:
    """Log in as a seeded person with one click; exists only in a demo on this very machine."""
    if not _is_local_demo(request):
        raise Http404
    if request.method == "POST":
        return _log_in_as(request, request.POST.get("user", ""))
    people = queries.demo_people()
    keys = [(user, second_factor.secret_of(user_id=user.pk)) for user in people if user.is_staff]
    return render(request, "accounts/demo.html", {"people": people, "keys": keys})


def _log_in_as(request: HttpRequest, chosen: str) -> HttpResponse:
    for user in queries.demo_people():
        if str(user.pk) == chosen:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            second_factor.note_shown(request, user)  # this page stands for it, in a demo alone
            return redirect("accounts:me")
    raise Http404


def _is_local_demo(request: HttpRequest) -> bool:
    if not settings.DEMO or any(mark in request.META for mark in PROXY_MARKS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
