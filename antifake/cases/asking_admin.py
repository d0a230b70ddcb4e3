"""Staff read sellers' answers about photos, and confirm or refuse documents about brands."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from antifake.cases.asking_forms import ClaimRulingForm
from antifake.cases.desk_pages import StaffOnly, person, refused
from antifake.cases.models import (
    ANSWERED,
    AuthorisationClaim,
    ClaimState,
    PhotoQuestion,
    SellerDocument,
)
from antifake.cases.queries import asking
from antifake.cases.queries.evidence import evidence_of
from antifake.cases.services import documents, questions
from marketplace.errors import MarketplaceError, NotAllowed, WrongState


@admin.register(PhotoQuestion)
class QuestionAdmin(StaffOnly):
    """Questions about photos: answers that nobody has read come first."""

    list_display = ["id", "state", "listing", "shop", "known_days", "due_at", "accepted"]
    list_filter = ["state", "accepted"]
    list_select_related = ["listing", "shop"]
    search_fields = ["listing__title", "shop__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhotoQuestion]:  # noqa: ARG002
        """Return all questions with what the pages show of them."""
        return PhotoQuestion.objects.select_related("listing", "shop", "photo", "document")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:  # noqa: ARG002
        """Put what needs somebody first."""
        return (asking.UNREAD_FIRST.asc(), "due_at", "pk")

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons and the download."""
        review = self.button(self.review)
        download = self.admin_site.admin_view(require_safe(self.download))
        own = [
            path("<int:question_id>/review/", review, name="cases_question_review"),
            path("document/<int:document_id>/", download, name="cases_document"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show a question with both pictures and the answer."""
        question = self.get_object(request, object_id)
        if question is None:
            raise Http404
        return self._show(request, question)

    def _show(self, request: HttpRequest, question: PhotoQuestion) -> HttpResponse:
        found = evidence_of(question.scan_id)
        return self.page(
            request,
            "admin/cases/question.html",
            _("Question %(number)d: %(title)s")
            % {"number": question.pk, "title": question.listing.title},
            question=question,
            evidence=[item for item in found if item.finding.key == question.key],
            answered=question.state in ANSWERED,
        )

    def review(self, request: HttpRequest, question_id: int) -> HttpResponse:
        """Accept an answer, or note that it was read."""
        get_object_or_404(PhotoQuestion, pk=question_id)
        accepted = request.POST.get("outcome") == "accept"
        try:
            questions.review(
                question_id=question_id,
                by_id=person(request),
                accepted=accepted,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        return redirect("admin:cases_photoquestion_change", question_id)

    def download(self, request: HttpRequest, document_id: int) -> HttpResponse | FileResponse:
        """Hand a document to staff as a file that runs nothing; each look is written down."""
        try:
            row, opened = documents.download(
                document_id=document_id, by_id=person(request), at=timezone.now()
            )
        except SellerDocument.DoesNotExist as error:
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied(error.reason) from error
        except WrongState as error:
            raise Http404(error.reason) from error
        return FileResponse(
            io.BytesIO(opened),
            as_attachment=True,
            filename=f"document-{row.pk}.{row.suffix}",
            content_type="application/octet-stream",
            headers={
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )


@admin.register(AuthorisationClaim)
class ClaimAdmin(StaffOnly):
    """Documents that say a shop may sell a brand's goods; those that wait come first."""

    list_display = ["id", "state", "shop", "brand", "sent_at", "decided_by"]
    list_filter = ["state"]
    list_select_related = ["shop", "brand", "decided_by"]
    search_fields = ["shop__name", "brand__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorisationClaim]:  # noqa: ARG002
        """Return all claims with what the pages show of them."""
        return AuthorisationClaim.objects.select_related("shop", "brand", "document", "by")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:  # noqa: ARG002
        """Put what waits first."""
        return (asking.WAITING_FIRST.asc(), "sent_at", "pk")

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        decide = self.button(self.decide)
        own = [path("<int:claim_id>/decide/", decide, name="cases_claim_decide")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show a claim with its document."""
        claim = self.get_object(request, object_id)
        if claim is None:
            raise Http404
        return self._show(request, claim, ClaimRulingForm())

    def decide(self, request: HttpRequest, claim_id: int) -> HttpResponse:
        """Confirm or refuse; a refused form keeps its words."""
        claim = get_object_or_404(self.get_queryset(request), pk=claim_id)
        form = ClaimRulingForm(request.POST)
        if form.is_valid():
            try:
                documents.decide_claim(
                    claim_id=claim_id,
                    by_id=person(request),
                    granted=form.cleaned_data["outcome"] == "granted",
                    note=form.cleaned_data["note"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                refused(form, error)
        if form.errors:
            return self._show(request, claim, form, status=422)
        messages.success(request, _("Answered. The seller has been told."))
        return redirect("admin:cases_authorisationclaim_change", claim_id)

    def _show(
        self,
        request: HttpRequest,
        claim: AuthorisationClaim,
        form: ClaimRulingForm,
        status: int = 200,
    ) -> HttpResponse:
        page = self.page(
            request,
            "admin/cases/claim.html",
            _("Document of %(shop)s about %(brand)s")
            % {"shop": claim.shop.name, "brand": claim.brand.name},
            claim=claim,
            form=form,
            waits=claim.state == ClaimState.SENT,
        )
        page.status_code = status
        return page
