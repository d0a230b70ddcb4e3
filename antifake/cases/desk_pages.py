"""What all pages of the review desk have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from antifake.cases import services
from antifake.cases.forms import FilterForm
from antifake.cases.queries import waiting
from antifake.cases.services import second_looks
from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError

# In the session: cases that somebody put back, and until when they are not offered again.
LEFT, LEFT_FOR = "desk_left", timedelta(minutes=30)


class StaffOnly(StaffReadOnlyAdmin):
    """Staff read; what changes, changes through the buttons."""

    def button(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for staff and POST alone, inside the admin."""
        return self.admin_site.admin_view(require_POST(view))

    def sheet(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for staff who read, inside the admin."""
        return self.admin_site.admin_view(require_safe(view))

    def paper(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view`, a page with a form, for staff, inside the admin."""
        return self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))

    def page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        """Return an admin page."""
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**around, **context})


def person(request: HttpRequest) -> int:
    """Return who asks; staff are signed in."""
    return cast(int, request.user.pk)


def refused(form: Form, error: MarketplaceError) -> None:
    """Show an expected refusal at its field."""
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, error.reason)


def kinds_of(request: HttpRequest) -> str:
    """Return the kinds of the queue that somebody works through, as the address holds them."""
    return ",".join(FilterForm.read(request.POST or request.GET)[0])


def next_page(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """Take what comes next and lead to its page; to the queue when nothing waits."""
    kinds = kinds_of(request)
    left = {
        ref: until for ref, until in request.session.get(LEFT, {}).items() if until > at.timestamp()
    }
    try:
        ref = services.take_next(
            by_id=person(request), at=at, kinds=kinds.split(",") if kinds else [], but=list(left)
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
        ref = None
    if ref is None:
        messages.info(request, _("No case waits. Well done."))
    address = waiting.address_of(ref) if ref else reverse("admin:cases_queue")
    return redirect(f"{address}?kinds={kinds}" if kinds else address)


def leave(request: HttpRequest, case_id: int) -> None:
    """Put a case back, and do not take it again for a while."""
    at = timezone.now()
    try:
        second_looks.pass_over(case_id=case_id, by_id=person(request))
        services.unclaim(case_id=case_id, by_id=person(request), at=at)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return
    left = request.session.get(LEFT, {})
    left[f"case:{case_id}"] = (at + LEFT_FOR).timestamp()
    request.session[LEFT] = left
