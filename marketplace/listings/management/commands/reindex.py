"""Write every row of search anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import search

WIDTH = 30


class Command(BaseCommand):
    """Safe to stop and to repeat; buyers go on searching meanwhile."""

    help = "Write every row of search anew, e.g. after words are folded in another way."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--after", type=int, default=0, help="go on after this listing: the last one shown"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Index in batches, with a bar that also says where to go on."""
        after = options["after"]
        on_sale = Listing.objects.filter(state=ListingState.LIVE)
        count = on_sale.filter(pk__gt=after).count()
        done = 0
        for last in search.reindex(at=timezone.now(), after=after):
            done = on_sale.filter(pk__gt=after, pk__lte=last).count()
            part = done / max(count, 1)
            bar = "#" * round(WIDTH * part)
            self.stderr.write(
                f"\r[{bar:<{WIDTH}}] {done:,}/{count:,}; --after {last} goes on here ", ending=""
            )
        self.stderr.write("")
        self.stdout.write(f"{done} listings on sale were indexed")
