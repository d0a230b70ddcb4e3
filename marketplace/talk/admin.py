"""The desk for reported messages and for questions; each button calls one service.

Talks themselves have no page here: staff read one only through a report or a dispute, and each
look is written down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import BadInput, MarketplaceError
from marketplace.talk import forms, queries
from marketplace.talk.models import Block, Question, Report
from marketplace.talk.services import questions, reports


class _Desk(StaffReadOnlyAdmin):
    """Staff read; what changes, changes through the buttons."""

    def button(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for staff and POST alone, inside the admin."""
        return self.admin_site.admin_view(require_POST(view))

    def page(
        self, request: HttpRequest, template: str, *, title: str, form: Form, **context: Any
    ) -> TemplateResponse:
        """Return an admin page; one with a refused form says so in its status."""
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        shown = TemplateResponse(request, template, {**around, "form": form, **context})
        shown.status_code = 422 if form.errors else 200
        return shown


@admin.register(Report)
class ReportAdmin(_Desk):
    """Reported messages, those that wait on top."""

    list_display = ["id", "reason", "outcome", "at", "decided_at"]
    list_filter = ["outcome", "reason"]
    fields = ("reason", "outcome", "at", "decided_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:  # noqa: ARG002
        """Order as the desk works."""
        return queries.report_desk()

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path("<int:report_id>/decide/", self.button(self.decide), name="talk_report_decide"),
            path("<int:report_id>/lift/", self.button(self.lift), name="talk_report_lift"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the message with what stands around it; the look is written down."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return self._one(request, found, forms.DecideForm())

    def decide(self, request: HttpRequest, report_id: int) -> HttpResponse:
        """Decide; a refused form keeps its words."""
        found = get_object_or_404(queries.report_desk(), pk=report_id)
        form = forms.DecideForm(request.POST)
        if form.is_valid():
            try:
                reports.decide(
                    report_id=found.pk,
                    by_id=_person(request),
                    outcome=form.cleaned_data["outcome"],
                    reason=form.cleaned_data["reason"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._one(request, found, form)
        messages.success(request, _("Decided. Both have been told."))
        return redirect("admin:talk_report_change", found.pk)

    def lift(self, request: HttpRequest, report_id: int) -> HttpResponse:
        """Let a blocked writer write again."""
        block = get_object_or_404(Block, report_id=report_id)
        try:
            reports.lift(block_id=block.pk, by_id=_person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("The writer can write again, and has been told."))
        return redirect("admin:talk_report_change", report_id)

    def _one(self, request: HttpRequest, found: Report, form: Form) -> HttpResponse:
        told = reports.look_at_report(report_id=found.pk, by_id=_person(request), at=timezone.now())
        return self.page(
            request,
            "admin/talk/report.html",
            title=_("Report %(number)d") % {"number": found.pk},
            form=form,
            report=found,
            told=told,
            earlier=queries.reports_against(found.message.by_id),
            barred=Block.objects.filter(report=found).select_related("statement").first(),
        )


@admin.register(Question)
class QuestionAdmin(_Desk):
    """Questions about goods, the newest on top; a button withdraws one with reasons."""

    list_display = ["id", "listing", "shop", "asked_at", "answered_at", "withdrawn_at"]
    list_select_related = ["listing", "shop"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path(
                "<int:question_id>/withdraw/",
                self.button(self.withdraw),
                name="talk_question_withdraw",
            ),
            path(
                "<int:question_id>/restore/",
                self.button(self.restore),
                name="talk_question_restore",
            ),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the question with its button."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return self._one(request, found, forms.WithdrawForm())

    def withdraw(self, request: HttpRequest, question_id: int) -> HttpResponse:
        """Take it from view, with reasons for whoever asked."""
        found = get_object_or_404(Question, pk=question_id)
        form = forms.WithdrawForm(request.POST)
        if form.is_valid():
            try:
                questions.withdraw(
                    question_id=found.pk,
                    by_id=_person(request),
                    reason=form.cleaned_data["reason"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._one(request, found, form)
        messages.success(request, _("Withdrawn. Whoever asked has the reasons."))
        return redirect("admin:talk_question_change", found.pk)

    def restore(self, request: HttpRequest, question_id: int) -> HttpResponse:
        """Put it back."""
        found = get_object_or_404(Question, pk=question_id)
        try:
            questions.restore(question_id=found.pk, by_id=_person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("The question stands again."))
        return redirect("admin:talk_question_change", found.pk)

    def _one(self, request: HttpRequest, found: Question, form: Form) -> HttpResponse:
        title = _("Question %(number)d") % {"number": found.pk}
        return self.page(
            request, "admin/talk/question.html", title=title, form=form, question=found
        )


def _person(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _refused(form: Form, error: MarketplaceError) -> None:
    field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
    form.add_error(field, error.reason)
