"""The yardstick of bench/storefront.py: a Django view that does nearly nothing.

One query by primary key, then a constant body of BENCH_BODY_BYTES. The same settings, database and
gunicorn as the platform, but none of its middleware: whatever the platform adds is on our account.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ewtp.settings")

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

django.setup()

from marketplace.listings.models import Listing

BODY = b"x" * int(os.environ.get("BENCH_BODY_BYTES", "25000"))


def bare(_request: HttpRequest, listing_id: int) -> HttpResponse:
    """Read one row, say the constant."""
    Listing.objects.get(pk=listing_id)
    return HttpResponse(BODY, headers={"Content-Length": len(BODY)})


urlpatterns = [path("bare/<int:listing_id>", bare)]

# Only now: some apps refuse to start without their middleware.
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []
application = WSGIHandler()
