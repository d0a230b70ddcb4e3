"""The queue: all that waits, in one order, with filters, saved views and one's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from antifake.cases import services
from antifake.cases.desk_pages import StaffOnly, leave, next_page, person, refused
from antifake.cases.forms import FilterForm, SettingsForm, ViewForm
from antifake.cases.models import SavedView
from antifake.cases.queries import dossier, reviewers, waiting
from antifake.cases.rules.keys import DEFAULT_KEYS
from marketplace.errors import MarketplaceError

if TYPE_CHECKING:
    Base = StaffOnly
else:  # mixed into an admin class
    Base = object


class QueuePages(Base):
    """The pages of the queue, inside the admin of cases."""

    def get_urls(self) -> list[URLPattern]:
        """Add them."""
        own = [
            path("queue/", self.sheet(self.queue), name="cases_queue"),
            path("next/", self.button(self.claim_next), name="cases_next"),
            path("views/", self.button(self.save_view), name="cases_save_view"),
            path("views/<int:view_id>/", self.button(self.drop_view), name="cases_drop_view"),
            path("settings/", self.paper(self.settings), name="cases_settings"),
        ]
        return own + super().get_urls()

    def queue(self, request: HttpRequest) -> HttpResponse:
        """Show what waits; the address holds the filters."""
        return self._queue(request, ViewForm())

    def claim_next(self, request: HttpRequest) -> HttpResponse:
        """Take what is most urgent of what one looks at; put back what one leaves for it."""
        left = request.POST.get("leave", "")
        if left.isdigit():
            leave(request, int(left))
        return next_page(request, at=timezone.now())

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the present filters under a name."""
        form = ViewForm(request.POST)
        if form.is_valid():
            try:
                services.save_view(
                    user_id=person(request),
                    name=form.cleaned_data["name"],
                    filters=_filters(*FilterForm.read(request.POST)),
                )
            except MarketplaceError as error:
                refused(form, error)
        if form.errors:
            return self._queue(request, form, status=422)
        return redirect(_address(*FilterForm.read(request.POST)))

    def drop_view(self, request: HttpRequest, view_id: int) -> HttpResponse:
        """Delete one of one's own views."""
        services.drop_view(user_id=person(request), view_id=view_id)
        return redirect("admin:cases_queue")

    def settings(self, request: HttpRequest) -> HttpResponse:
        """Let somebody choose keys and blur."""
        working = reviewers.working_of(person(request))
        given = request.POST if request.method == "POST" else None
        start = {"keys_on": working.keys_on, "blur": working.blur}
        form = SettingsForm(given, keys=working.keys, initial=start)
        if given is not None and form.is_valid():
            try:
                services.save_settings(
                    user_id=person(request),
                    keys_on=form.cleaned_data["keys_on"],
                    blur=form.cleaned_data["blur"],
                    keys=form.keys(),
                )
            except MarketplaceError as error:
                refused(form, error)
            else:
                messages.success(request, _("Saved. It holds from the next page on."))
                return redirect("admin:cases_settings")
        page = self.page(
            request,
            "admin/cases/settings.html",
            _("How I work at the desk"),
            form=form,
            usual=DEFAULT_KEYS,
        )
        page.status_code = 422 if form.errors else 200
        return page

    def _queue(self, request: HttpRequest, form: ViewForm, status: int = 200) -> HttpResponse:
        at, user_id = timezone.now(), person(request)
        kinds, only = FilterForm.read(request.POST or request.GET)
        items, count = waiting.page(user_id=user_id, kinds=kinds, only=only, at=at)
        counted = waiting.counts(user_id=user_id)
        page = self.page(
            request,
            "admin/cases/queue.html",
            _("What waits for a decision"),
            items=items,
            count=count,
            more=max(0, count - len(items)),
            tabs=_tabs(kinds, only, counted),
            states=[(words, _address(kinds, key), key == only) for key, words in FilterForm.ONLY],
            kinds=",".join(kinds),
            only=only,
            form=form,
            views=[_view(row, kinds, only) for row in reviewers.views_of(user_id)],
            proposals=dossier.open_proposals(),
            undoable=dossier.undoable(user_id=user_id, at=at),
            working=reviewers.working_of(user_id),
            now=at,
        )
        page.status_code = status
        return page


def _tabs(kinds: list[str], only: str, counted: dict[str, int]) -> list[dict[str, object]]:
    every = {
        "words": _("Everything"),
        "url": _address([], only),
        "count": sum(counted.values()),
        "is_chosen": not kinds,
    }
    return [
        every,
        *(
            {
                "words": words,
                "url": _address([kind], only),
                "count": counted[kind],
                "is_chosen": kind in kinds,
            }
            for kind, words in FilterForm.KINDS
        ),
    ]


def _view(row: SavedView, kinds: list[str], only: str) -> dict[str, object]:
    address = reverse("admin:cases_queue")
    return {
        "row": row,
        "url": f"{address}?{row.filters}" if row.filters else address,
        "is_chosen": row.filters == _filters(kinds, only),
    }


def _filters(kinds: list[str], only: str) -> str:
    given = {"kinds": ",".join(kinds), "only": only}
    return urlencode({name: value for name, value in given.items() if value})


def _address(kinds: list[str], only: str) -> str:
    filters = _filters(kinds, only)
    address = reverse("admin:cases_queue")
    return f"{address}?{filters}" if filters else address
