"""What every template may know about the site."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from marketplace.talk import queries as talk


def site(request: HttpRequest) -> dict[str, object]:
    """Return the demo flag, the site's address, and what a signed-in person has not read.

    The last is asked for by the head of a signed-in person's pages alone; a visitor's cost nothing.
    """
    return {
        "DEMO": settings.DEMO,
        "SITE_URL": settings.SITE_URL,
        "talk_unread": SimpleLazyObject(lambda: _unread(request)),
    }


def _unread(request: HttpRequest) -> talk.Unread:
    user_id = request.user.pk
    return talk.unread_of(user_id) if user_id is not None else talk.Unread(0, 0)
