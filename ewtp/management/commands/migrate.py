"""`migrate`, then the application role's rights, so that no migration can forget them."""

import gc
from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from ewtp import grants


class Command(DjangoMigrate):
    """Django's migrate, followed by the grants."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then grant."""
        # Every step draws all models anew, and the collector walks through all of them each time:
        # called less often it saves a third of the time for some 100 MB.
        usual = gc.get_threshold()
        gc.set_threshold(200_000, 20, 20)
        try:
            super().handle(*args, **options)
        finally:
            gc.set_threshold(*usual)
        grants.apply()
