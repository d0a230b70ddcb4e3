from django.apps import AppConfig


class EwtpConfig(AppConfig):
    """The project itself: commands that join rooms (demo, seed_demo, clocks)."""

    name = "ewtp"
    label = "ewtp"
