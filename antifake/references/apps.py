from django.apps import AppConfig


class ReferencesConfig(AppConfig):
    """What rights protect, and descriptors of all photos."""

    name = "antifake.references"
    label = "references"
    default_auto_field = "django.db.models.BigAutoField"
