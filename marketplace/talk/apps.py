from django.apps import AppConfig


class TalkConfig(AppConfig):
    """Messages, questions and answers, saved replies, reports of messages."""

    name = "marketplace.talk"
    label = "talk"
    default_auto_field = "django.db.models.BigAutoField"
