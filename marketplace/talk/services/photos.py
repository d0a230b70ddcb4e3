"""Pictures of a message, for both sides of the talk."""

from marketplace.listings.services.albums import Album
from marketplace.talk import rules
from marketplace.talk.models import MessagePhoto

PHOTOS = Album("talk", MessagePhoto, most=rules.PHOTOS_AT_ONCE)
