"""`migrate`, then the application role's rights, so that no migration can forget them."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from ewtp import grants


class Command(DjangoMigrate):
    """Django's migrate, followed by the grants."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then grant."""
        super().handle(*args, **options)
        grants.apply()
