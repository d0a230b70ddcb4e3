"""Webhooks over the API: set up, look up, delete, and the log of what was sent."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.once import once, own_key
from marketplace.developers.ground.schema import described
from marketplace.developers.ground.shapes import Shape, Text
from marketplace.developers.models import ApiToken, Scope
from marketplace.errors import NotAllowed
from marketplace.hooks import catalogue, owners, queries, rules, services, words
from marketplace.hooks.addresses import URL_LENGTH_MAX
from marketplace.hooks.models import DeliveryState, Endpoint, EndpointState

_TAG = "Webhooks"


class WebhookShape(Shape):
    """An address that is told what happens."""

    id = serializers.IntegerField()
    owner = serializers.CharField(source="owner_ref", help_text="shop:12 or user:7")
    url = serializers.CharField(source="url_sealed")
    note = serializers.CharField()
    types = serializers.ListField(child=serializers.ChoiceField(choices=list(catalogue.TYPES)))
    state = serializers.ChoiceField(choices=EndpointState.values)
    created_at = serializers.DateTimeField()


class NewWebhookShape(WebhookShape):
    """A webhook just made, with its secret: repeats tell it for two minutes, then no more."""

    secret = serializers.SerializerMethodField(help_text="whsec_…; empty when it was told before")

    def get_secret(self, endpoint: Endpoint) -> str:
        """Return it while it is fresh, as the page does."""
        is_fresh = timezone.now() - endpoint.secret_since <= rules.SHOWN_AGAIN_WITHIN
        return endpoint.secret_sealed if is_fresh else ""


class WebhookIn(Shape):
    """What a webhook needs."""

    owner = Text(max_length=30, help_text="shop:12 or user:7; one that you answer for")
    url = Text(max_length=URL_LENGTH_MAX, help_text="https, a public name, port 443 or 8443")
    note = Text(max_length=80, required=False, allow_blank=True, default="")
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=list(catalogue.TYPES)),
        allow_empty=False,
        max_length=len(catalogue.TYPES),
    )


class WebhookDeliveryShape(Shape):
    """One message and where it stands."""

    id = serializers.IntegerField()
    message_id = serializers.CharField(help_text="the header webhook-id")
    type = serializers.CharField()
    body = serializers.CharField(help_text="the very text that is signed")
    state = serializers.ChoiceField(choices=DeliveryState.values)
    attempts = serializers.IntegerField(source="tries")
    next_attempt_at = serializers.DateTimeField(source="due_at", allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.SerializerMethodField(help_text="in words; empty without one")
    created_at = serializers.DateTimeField()

    def get_last_error(self, delivery: Any) -> str:
        """Return the words."""
        return words.error(delivery.last_error or "")


class WebhooksView(ApiView):
    """Webhooks of yours and of your shops."""

    scopes = {"get": Scope.WEBHOOKS_WRITE, "post": Scope.WEBHOOKS_WRITE}

    @described("listWebhooks", tag=_TAG, gives=paging.paged(WebhookShape), query=paging.PageQuery)
    def get(self, request: Request) -> Response:
        """Webhooks, the newest first."""
        found, following = paging.newest_first(_mine(request), paging.asked(request))
        return Response({"items": WebhookShape(found, many=True).data, "next": following})

    @described("addWebhook", tag=_TAG, takes=WebhookIn, gives=NewWebhookShape, status=201)
    @once
    def post(self, request: Request) -> Response:
        """Tell an address what happens. The secret is in the answer, this once."""
        sent = self.sent(WebhookIn)
        if sent["owner"] not in _owners(request):
            raise NotAllowed(words.not_yours())
        made = services.add(
            owner_ref=sent["owner"],
            url=sent["url"],
            types=sent["types"],
            note=sent["note"],
            key=uuid5(NAMESPACE_URL, own_key(request)),
            by_id=self.user_id(),
            at=timezone.now(),
        )
        return Response(NewWebhookShape(made).data, status=201)

    def keepable(self, answer: Any) -> Any:
        """Keep no secret."""
        return {**answer, "secret": ""}

    def recall(self, answer: Any, **_named: Any) -> Any:
        """Return it with its secret while that is fresh, to whoever may see it still."""
        secret = NewWebhookShape(_one(self.request, answer["id"])).data["secret"]
        return {**answer, "secret": secret}


class WebhookView(ApiView):
    """One webhook."""

    scopes = {"get": Scope.WEBHOOKS_WRITE, "delete": Scope.WEBHOOKS_WRITE}

    @described("getWebhook", tag=_TAG, gives=WebhookShape)
    def get(self, request: Request, id: int) -> Response:
        """One webhook."""
        return Response(WebhookShape(_one(request, id)).data)

    @described("deleteWebhook", tag=_TAG, status=204)
    def delete(self, request: Request, id: int) -> Response:
        """Stop all its messages for good; its address and secret are forgotten."""
        found = _one(request, id)
        services.delete(endpoint_id=found.pk, by_id=self.user_id(), at=timezone.now())
        return Response(status=204)


class WebhookDeliveriesView(ApiView):
    """What was sent to one webhook."""

    scopes = {"get": Scope.WEBHOOKS_WRITE}

    @described(
        "listWebhookDeliveries",
        tag=_TAG,
        gives=paging.paged(WebhookDeliveryShape),
        query=paging.PageQuery,
    )
    def get(self, request: Request, id: int) -> Response:
        """Messages to one webhook, the newest first."""
        rows = queries.deliveries_of(_one(request, id).pk)
        found, following = paging.newest_first(rows, paging.asked(request))
        return Response({"items": WebhookDeliveryShape(found, many=True).data, "next": following})


def _owners(request: Request) -> set[str]:
    """Return the owners whose webhooks the person may change, and the token too."""
    refs = {ref for ref, _name in owners.of(int(request.user.pk or 0))}
    bound = request.auth.shop_ref if isinstance(request.auth, ApiToken) else ""
    return refs & {bound} if bound else refs


def _mine(request: Request) -> QuerySet[Endpoint]:
    found = queries.endpoints_for(int(request.user.pk or 0))
    return found.filter(owner_ref__in=_owners(request))


def _one(request: Request, endpoint_id: int) -> Endpoint:
    found = _mine(request).filter(pk=endpoint_id).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("webhooks", WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<int:id>", WebhookView.as_view(), name="webhook"),
    path(
        "webhooks/<int:id>/deliveries", WebhookDeliveriesView.as_view(), name="webhook_deliveries"
    ),
]
