"""Endpoints: the list, adding and changing one, its page with secret, examples and log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.hooks import examples, owners, queries, rules, services
from marketplace.hooks.forms import EndpointForm, ReplayFailedForm, RotateForm
from marketplace.hooks.models import Endpoint

PAGE_SIZE = 20
COUNTED_DAYS = 7
# In the session, which is sealed: a fresh secret on its way to the one page that shows it.
_SECRET = "hooks.secret"  # noqa: S105 - a name


@require_safe
@login_required
def endpoints(request: SignedInRequest) -> HttpResponse:
    """List the webhooks of the person and of the shops he answers for."""
    found = queries.with_counts(
        queries.endpoints_for(request.user.pk),
        since=timezone.now() - timedelta(days=COUNTED_DAYS),
    )
    names = dict(owners.of(request.user.pk))
    rows = [(one, names.get(one.owner_ref, "")) for one in found]
    context = {"rows": rows, "days": COUNTED_DAYS, "many_owners": len(names) > 1}
    return render(request, "hooks/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: SignedInRequest) -> HttpResponse:
    """Ask where a program is called, and make the endpoint."""
    choices = owners.of(request.user.pk)
    # A shop first: that is what webhooks are mostly for.
    choices.sort(key=lambda one: not one[0].startswith("shop:"))
    asked = request.GET.get("owner", "")
    ref = asked if asked in dict(choices) else choices[0][0]
    form = EndpointForm(request.POST or None, kind=ref.partition(":")[0])
    status = 200 if request.method != "POST" else 422
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = services.add(
                owner_ref=ref, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            _blame(form, error)
        else:
            _carry_secret(request, endpoint)
            return redirect("hooks:endpoint", endpoint.pk)
    context = {"form": form, "choices": choices, "ref": ref}
    return render(request, "hooks/add.html", context, status=status)


@never_cache
@require_safe
@login_required
def endpoint(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Show one endpoint: how to check its messages, and what became of them."""
    found = _mine(request, endpoint_id)
    fresh = request.session.get(_SECRET)
    secret = ""
    if fresh and fresh["endpoint_id"] == found.pk:
        del request.session[_SECRET]
        secret = found.secret_sealed
    log = Paginator(queries.deliveries_of(found.pk), PAGE_SIZE)
    context = {
        "endpoint": found,
        "owner": dict(owners.of(request.user.pk)).get(found.owner_ref, ""),
        "secret": secret,
        "page": log.get_page(request.GET.get("page")),
        "examples": _examples(found, secret),
        "test_key": uuid4(),
        "rotate_form": RotateForm(initial={"since": found.secret_since.isoformat()}),
        "replay_form": ReplayFailedForm(),
        "two_secrets": found.previous_until is not None and found.previous_until > timezone.now(),
    }
    return render(request, "hooks/endpoint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Change address, name and kinds of messages."""
    found = _mine(request, endpoint_id)
    kind = found.owner_ref.partition(":")[0]
    now = {"url": found.url_sealed, "note": found.note, "types": found.types}
    form = EndpointForm(request.POST or None, kind=kind, initial=now)
    status = 200 if request.method != "POST" else 422
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("url", "note", "types")}
        try:
            services.change(endpoint_id=found.pk, by_id=request.user.pk, at=timezone.now(), **asked)
        except MarketplaceError as error:
            _blame(form, error)
        else:
            messages.success(request, _("Changed."))
            return redirect("hooks:endpoint", found.pk)
    return render(request, "hooks/change.html", {"form": form, "endpoint": found}, status=status)


@require_POST
@login_required
def rotate(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Make a new secret, shown on the next page this once."""
    found = _mine(request, endpoint_id)
    form = RotateForm(request.POST)
    if form.is_valid():
        rotated = services.rotate_secret(
            endpoint_id=found.pk,
            since=form.cleaned_data["since"],
            by_id=request.user.pk,
            at=timezone.now(),
        )
        _carry_secret(request, rotated)
    return redirect("hooks:endpoint", found.pk)


@require_POST
@login_required
def pause(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Stop calling."""
    return _act(request, endpoint_id, services.pause, _("Paused. Nothing is sent."))


@require_POST
@login_required
def resume(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Call again."""
    return _act(request, endpoint_id, services.resume, _("Active again."))


@require_POST
@login_required
def delete(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Stop for good."""
    found = _mine(request, endpoint_id)
    services.delete(endpoint_id=found.pk, by_id=request.user.pk, at=timezone.now())
    messages.success(request, _("Deleted. The address and the secret are forgotten."))
    return redirect("hooks:list")


def _examples(found: Endpoint, secret: str) -> list[tuple[str, str, str, bool]]:
    sends = _("Sends what we would send, to try your program without us.")
    curl = examples.curl(endpoint=found, secret=secret, at=timezone.now())
    return [("Python", "", examples.python(secret=secret), True), ("curl", sends, curl, False)]


def _mine(request: SignedInRequest, endpoint_id: int) -> Endpoint:
    return get_object_or_404(queries.endpoints_for(request.user.pk), pk=endpoint_id)


def _act(
    request: SignedInRequest, endpoint_id: int, verb: Callable[..., object], done: str
) -> HttpResponse:
    found = _mine(request, endpoint_id)
    try:
        verb(endpoint_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect("hooks:endpoint", found.pk)


def _carry_secret(request: SignedInRequest, endpoint: Endpoint) -> None:
    """Let the next page show a secret that was made just now; of a double click, both may."""
    if timezone.now() - endpoint.secret_since <= rules.SHOWN_AGAIN_WITHIN:
        request.session[_SECRET] = {"endpoint_id": endpoint.pk}
    else:
        messages.info(request, _("Its secret was shown before. Make a new one if it is lost."))


def _blame(form: EndpointForm, error: MarketplaceError) -> None:
    form.add_error((error.field or None) if isinstance(error, BadInput) else None, error.reason)
