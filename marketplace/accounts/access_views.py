"""Where a person is signed in, and the terms."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace.accounts import devices, terms
from marketplace.accounts import sessions as signed_in
from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.tries import remember_device
from marketplace.errors import WrongState


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sessions(request: SignedInRequest) -> HttpResponse:
    """Show where the person is signed in; end one place, or all others."""
    at, here = timezone.now(), request.session.session_key
    if request.method == "POST":
        which = request.POST.get("which", "")
        if which:
            signed_in.end_one(user_id=request.user.pk, which=which)
        else:
            signed_in.end_all(user_id=request.user.pk, but=here)
            devices.forget(user_id=request.user.pk)
            remember_device(request, request.user, at=at)
        messages.success(request, _("Signed out there."))
        return redirect("accounts:sessions")
    places = signed_in.of_user(user_id=request.user.pk, here=here, at=at)
    return render(request, "accounts/sessions.html", {"places": places})


@require_http_methods(["GET", "HEAD", "POST"])
def read_terms(request: HttpRequest) -> HttpResponse:
    """Show the terms in force; a signed-in person accepts them here."""
    in_force, user = terms.in_force(), request.user
    back = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("accounts:me")
    if request.method == "POST":
        if not isinstance(user, User):
            return redirect_to_login(reverse("accounts:terms"))
        try:
            given = request.POST.get("version", "")
            version = int(given) if given.isascii() and given.isdigit() else 0
            terms.accept(user_id=user.pk, version=version, at=timezone.now())
        except WrongState as error:
            messages.error(request, error.reason)
            return redirect("accounts:terms")
        return redirect(back)
    owed = isinstance(user, User) and not terms.has_accepted(
        user_id=user.pk, version=in_force.version
    )
    context = {"terms": in_force, "owed": owed, "next": back}
    return render(request, "accounts/terms.html", context)
