"""Pictures of what is looked for, for those who see the request."""

from marketplace.listings.services.albums import Album
from marketplace.quotes import rules
from marketplace.quotes.models import RequestPhoto

PHOTOS = Album("requests", RequestPhoto, most=rules.PHOTOS_AT_ONCE)
