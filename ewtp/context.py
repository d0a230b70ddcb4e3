"""What every template may know about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, object]:
    """Return the demo flag and the site's address."""
    return {"DEMO": settings.DEMO, "SITE_URL": settings.SITE_URL}
