"""Idempotency-Key: however often a request is sent, it has one effect and one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers import rules, services
from marketplace.developers.ground.problems import MEDIA_TYPE, KeyMissing, of_refusal
from marketplace.developers.models import ApiToken, KeptAnswer
from marketplace.errors import MarketplaceError

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MARK = "is_once"
_Post = TypeVar("_Post", bound=Callable[..., Response])


def once(post: _Post) -> _Post:
    """Have a `post` method act once for each key: effect and answer are one transaction.

    A refusal changes nothing and is not kept, so the key may be used again once its cause is
    gone. Repeats at the same moment wait for the first.
    """

    @wraps(post)
    def guarded(view: Any, request: Request, *args: Any, **named: Any) -> Response:
        key, asked = _key(request), _fingerprint(request)
        with transaction.atomic():
            row, is_mine = services.begin(
                user_id=_user_id(request),
                key=key,
                request_hash=asked,
                lease=timedelta(0),
                at=timezone.now(),
            )
            if not is_mine:
                return _again(view, row, named)
            answered = post(view, request, *args, **named)
            _keep(view, row, answered)
            return answered

    setattr(guarded, MARK, True)
    return guarded  # type: ignore[return-value]


def once_outside(post: _Post) -> _Post:
    """The same for work that speaks to the outside, which no transaction may span.

    The work itself must be safe to repeat: after a crash it is done again. Refusals are kept
    too, so a declined card is not charged twice. Repeats at the same moment get 409.
    """

    @wraps(post)
    def guarded(view: Any, request: Request, *args: Any, **named: Any) -> Response:
        row, is_mine = services.begin(
            user_id=_user_id(request),
            key=_key(request),
            request_hash=_fingerprint(request),
            lease=rules.LEASE,
            at=timezone.now(),
        )
        if not is_mine:
            return _again(view, row, named)
        try:
            try:
                answered = post(view, request, *args, **named)
            except MarketplaceError as error:
                answered = of_refusal(error)
            _keep(view, row, answered)
            return answered
        finally:
            services.let_go(row_id=row.pk)

    setattr(guarded, MARK, True)
    return guarded  # type: ignore[return-value]


def own_key(request: Request) -> str:
    """Return the request's key as services may store it: nobody else's can be the same."""
    text = f"{_user_id(request)}:{request.headers.get(HEADER, '')}"
    return f"api:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def _key(request: Request) -> str:
    text = request.headers.get(HEADER, "")
    if not rules.is_key(text):
        raise KeyMissing(
            _("Send an Idempotency-Key of 8 to 128 visible ASCII characters, new for each request.")
        )
    return text


def _fingerprint(request: Request) -> str:
    data = request.data
    body: Any = data
    if isinstance(data, QueryDict):
        body = {name: [_plain(one) for one in data.getlist(name)] for name in data}
    bound = request.auth.shop_ref if isinstance(request.auth, ApiToken) else ""
    return rules.fingerprint(method=str(request.method), path=request.path, body=body, bound=bound)


def _plain(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def _keep(view: Any, row: KeptAnswer, answered: Response) -> None:
    data = answered.data
    if data is not None and answered.status_code < 400:
        data = view.keepable(data)
    body = JSONRenderer().render(data).decode() if data is not None else ""
    services.keep(row_id=row.pk, status=answered.status_code, body=body)


def _again(view: Any, row: KeptAnswer, named: dict[str, Any]) -> Response:
    is_refusal = (row.status or 0) >= 400
    kind = MEDIA_TYPE if is_refusal else None
    body = json.loads(row.body_sealed) if row.body_sealed else None
    if body is not None and not is_refusal:
        body = view.recall(body, **named)
    return Response(body, status=row.status, content_type=kind, headers={REPLAYED: "true"})


def _user_id(request: Request) -> int:
    return int(request.user.pk or 0)
