"""Staff verify rights, read notices, and rule on bad faith. Every button calls one service."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from antifake.cases.desk_pages import StaffOnly, person, refused
from antifake.notices import queries, services
from antifake.notices.forms import BadFaithForm, RightRulingForm
from antifake.notices.models import COMPLETE, CounterNotice, Notice
from antifake.references import services as references
from antifake.references.models import Right, RightState, SealedFile
from antifake.references.services import files
from marketplace.errors import MarketplaceError
from marketplace.trust.models import Strike

TYPES = {"pdf": "application/pdf", "webp": "image/webp"}


@admin.register(Right)
class RightAdmin(StaffOnly):
    """Rights that holders registered, those that wait first."""

    list_display = ["id", "name", "kind", "holder", "state", "owner", "registered_at", "expires_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["owner"]
    search_fields = ["name", "holder", "number"]
    ordering = ["state", "registered_at"]

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons and the download of proofs."""
        download = self.admin_site.admin_view(require_safe(self.download))
        own = [
            path("<int:right_id>/verify/", self.button(self.verify), name="notices_verify"),
            path("<int:right_id>/refuse/", self.button(self.refuse), name="notices_refuse"),
            path("proof/<int:file_id>/", download, name="notices_proof"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the right with its proofs and both answers."""
        right = self.get_object(request, object_id)
        if right is None:
            raise Http404
        return self._show(request, right, RightRulingForm())

    def verify(self, request: HttpRequest, right_id: int) -> HttpResponse:
        """Note that the proofs prove it."""
        get_object_or_404(Right, pk=right_id)
        try:
            references.verify_right(right_id=right_id, by_id=person(request), at=timezone.now())
            messages.success(request, _("Verified. The catalogue is looked at again."))
        except MarketplaceError as error:
            messages.error(request, error.reason)
        return redirect("admin:references_right_change", right_id)

    def refuse(self, request: HttpRequest, right_id: int) -> HttpResponse:
        """Answer that they do not; a refused form keeps its words."""
        right = get_object_or_404(Right, pk=right_id)
        form = RightRulingForm(request.POST)
        if form.is_valid():
            try:
                references.refuse_right(
                    right_id=right_id, by_id=person(request), at=timezone.now(), **form.cleaned_data
                )
            except MarketplaceError as error:
                refused(form, error)
        if form.errors:
            return self._show(request, right, form, status=422)
        return redirect("admin:references_right_change", right_id)

    def download(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """Hand out a proof as a download that runs nothing; who looked is written down."""
        get_object_or_404(SealedFile, pk=file_id)
        try:
            row, data = files.download(file_id=file_id, by_id=person(request), at=timezone.now())
        except MarketplaceError as error:
            raise Http404(error.reason) from error
        answer = HttpResponse(data, content_type=TYPES[row.suffix])
        answer["Content-Disposition"] = f'attachment; filename="proof-{row.pk}.{row.suffix}"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _show(
        self, request: HttpRequest, right: Right, form: Form, status: int = 200
    ) -> HttpResponse:
        page = self.page(
            request,
            "admin/notices/right.html",
            str(right),
            right=right,
            form=form,
            proofs=right.proofs.select_related("file"),
            waits=right.state == RightState.CLAIMED,
        )
        page.status_code = status
        return page


@admin.register(Notice)
class NoticeAdmin(StaffOnly):
    """Notices that were sent, the latest first."""

    list_display = ["id", "state", "right", "holder", "by", "sent_at", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["right", "holder", "by"]
    search_fields = ["right__name", "sworn_name"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Leave out drafts: they were told to nobody."""
        return super().get_queryset(request).filter(state__in=COMPLETE)

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        own = [path("<int:notice_id>/strike/", self.button(self.strike), name="notices_strike")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show a notice, what became of it, the sender's record, and the ruling on bad faith."""
        notice = self.get_object(request, object_id)
        if notice is None:
            raise Http404
        return self._show(request, notice, BadFaithForm())

    def strike(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """Strike the sender; a refused form keeps its words."""
        notice = get_object_or_404(Notice, pk=notice_id)
        form = BadFaithForm(request.POST)
        if form.is_valid():
            try:
                services.strike_sender(
                    notice_id=notice_id,
                    by_id=person(request),
                    at=timezone.now(),
                    **form.cleaned_data,
                )
            except MarketplaceError as error:
                refused(form, error)
        if form.errors:
            return self._show(request, notice, form, status=422)
        return redirect("admin:notices_notice_change", notice_id)

    def _show(
        self, request: HttpRequest, notice: Notice, form: Form, status: int = 200
    ) -> HttpResponse:
        items = notice.items.select_related("listing", "case", "counter__evidence")
        threads = CounterNotice.objects.filter(item__notice=notice).select_related("item__listing")
        page = self.page(
            request,
            "admin/notices/notice.html",
            _("Notice %(number)d") % {"number": notice.pk},
            notice=notice,
            form=form,
            items=items.order_by("pk"),
            threads=threads.prefetch_related("lines").order_by("pk"),
            record=queries.record_of(
                holder_id=notice.holder_id, by_id=notice.by_id, at=timezone.now()
            ),
            strike=Strike.objects.filter(decision_ref=notice.ref).first(),
        )
        page.status_code = status
        return page
