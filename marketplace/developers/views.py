"""The pages for people who write programs: how to begin, tokens, the reference."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.developers import queries, reference, services
from marketplace.developers.forms import TokenForm
from marketplace.developers.ground.problems import CODES, REFUSALS
from marketplace.developers.models import ApiToken
from marketplace.errors import BadInput, MarketplaceError


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How to begin: a token, the first request, and what holds for every request."""
    further = {"idempotency_key_missing": 400, "scope_missing": 403, "terms_not_accepted": 403}
    own = {code: status for status, code in REFUSALS.values()}
    plain = {code: status for status, code in CODES.items()}
    codes = sorted(
        ((status, code) for code, status in {**plain, **own, **further}.items()),
    )
    context = {
        "host": _host(request),
        "codes": codes,
        "token_limit": settings.API_TOKEN_A_MINUTE,
        "network_limit": settings.API_NETWORK_A_MINUTE,
        "groups": reference.groups(),
    }
    return render(request, "developers/home.html", context)


@require_safe
def reference_group(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Every endpoint about one thing: what it takes, what it answers, how it may end."""
    groups = reference.groups()
    shown = next((one for one in groups if one.slug == slug), None if slug else groups[0])
    if shown is None:
        raise Http404
    context = {"groups": groups, "shown": shown, "host": _host(request)}
    return render(request, "developers/reference.html", context)


@never_cache
@require_safe
@login_required
def tokens(request: SignedInRequest) -> HttpResponse:
    """A person's tokens; what each is for, and when it was used last."""
    rows = queries.tokens_of(request.user.pk)
    return render(request, "developers/tokens.html", {"tokens": rows, "now": timezone.now()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def make_token(request: SignedInRequest) -> HttpResponse:
    """Make a token; a fresh log-in is asked for first."""
    answer: HttpResponse = _make(request)
    return answer


@reauthentication_required
def _make(request: SignedInRequest) -> HttpResponse:
    user_id = request.user.pk
    if request.method != "POST":
        return _form(request, TokenForm.blank(user_id))
    form = TokenForm(request.POST, user_id=user_id)
    if not form.is_valid():
        return _form(request, form, status=422)
    given = form.cleaned_data
    try:
        token, text = services.make_token(
            user_id=user_id,
            name=given["name"],
            scopes=given["scopes"],
            days=given["days"],
            shop_ref=given.get("shop", ""),
            key=given["key"],
            at=timezone.now(),
        )
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) else ""
        form.add_error(field if field in form.fields else None, error.reason)
        return _form(request, form, status=422)
    if not text:
        messages.info(request, _("This token was made already. It is shown only once."))
        return redirect("developers:tokens")
    context = {"token": token, "text": text, "host": _host(request)}
    return render(request, "developers/made.html", context)


@require_POST
@login_required
def revoke_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    """End a token of one's own."""
    token = get_object_or_404(ApiToken, pk=token_id, user=request.user)
    services.revoke_token(token_id=token.pk, user_id=request.user.pk, at=timezone.now())
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("developers:tokens")


def _form(request: HttpRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    return render(request, "developers/make_token.html", {"form": form}, status=status)


def _host(request: HttpRequest) -> str:
    """Return this very site's address, for examples that work as they are copied."""
    return request.build_absolute_uri("/").rstrip("/")
