"""A shop's saved replies: a list, one form to add, one page to change."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act
from marketplace.talk import forms, queries
from marketplace.talk.services import replies


@require_safe
@login_required
def saved(request: SignedInRequest) -> HttpResponse:
    """The saved replies of each shop for which a person answers."""
    return _page(request)


@require_POST
@login_required
def add(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Keep a new one."""
    shop = get_object_or_404(shops_where(request.user, Act.ANSWER_MESSAGES), pk=shop_id)
    form = forms.ReplyForm(request.POST, auto_id=f"reply-{shop.pk}-%s")
    if form.is_valid():
        try:
            replies.add(
                shop_id=shop.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            _refused(form, error)
    if form.errors:
        return _page(request, {shop.pk: form})
    messages.success(request, _("Saved. Choose it in any conversation."))
    return redirect("talk:replies")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: SignedInRequest, reply_id: int) -> HttpResponse:
    """Write one anew."""
    reply = get_object_or_404(queries.replies_for(request.user.pk), pk=reply_id)
    initial = {"title": reply.title, "text": reply.text}
    form = forms.ReplyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            replies.change(
                reply_id=reply.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            _refused(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("talk:replies")
    status = 422 if request.method == "POST" else 200
    context = {"reply": reply, "form": form}
    return render(request, "talk/reply.html", context, status=status)


@require_POST
@login_required
def delete(request: SignedInRequest, reply_id: int) -> HttpResponse:
    """Forget one."""
    reply = get_object_or_404(queries.replies_for(request.user.pk), pk=reply_id)
    replies.delete(reply_id=reply.pk, by_id=request.user.pk)
    messages.success(request, _("The saved reply is deleted."))
    return redirect("talk:replies")


def _page(
    request: SignedInRequest, bound: dict[int, forms.ReplyForm] | None = None
) -> HttpResponse:
    bound = bound or {}
    shops = list(shops_where(request.user, Act.ANSWER_MESSAGES))
    found = list(queries.replies_for(request.user.pk))
    rows = [
        (
            shop,
            [one for one in found if one.shop_id == shop.pk],
            bound.get(shop.pk) or forms.ReplyForm(auto_id=f"reply-{shop.pk}-%s"),
        )
        for shop in shops
    ]
    return render(request, "talk/replies.html", {"rows": rows}, status=422 if bound else 200)


def _refused(form: forms.ReplyForm, error: MarketplaceError) -> None:
    field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
    form.add_error(field, error.reason)
