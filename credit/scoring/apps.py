from django.apps import AppConfig

# After each of these facts the score of the shop concerned is worked out anew.
FACTS = (
    "shop.approved",
    "order.shipped",
    "order.settled",
    "order.cancelled",
    "strike.recorded",
    "strike.voided",
    "sanction.ended",
    "recall.made",
    "recall.undone",
    "review.posted",
    "review.withdrawn",
    "review.restored",
)
# After each of these, the dispute is counted or taken out of the count, and the shop scored.
DISPUTES = ("dispute.ruled", "dispute.overruled", "dispute.closed")
# After each of these, the shops of the person concerned are.
PERSONAL_FACTS = ("identity.verified", "identity.refused")


class ScoringConfig(AppConfig):
    """The score and its reasons."""

    name = "credit.scoring"
    label = "scoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for the facts that a score is made of."""
        from datetime import timedelta

        from credit.scoring import tasks
        from marketplace.outbox import registry

        for fact in FACTS:
            registry.subscribe(fact, tasks.on_fact, name=tasks.RESCORE, queue="scoring")
        for fact in DISPUTES:
            registry.subscribe(fact, tasks.on_dispute, name=tasks.COUNT_DISPUTE, queue="scoring")
        for fact in PERSONAL_FACTS:
            registry.subscribe(
                fact, tasks.on_personal_fact, name=tasks.RESCORE_OWNED, queue="scoring"
            )
        registry.handle(tasks.RESCORE_ONE, tasks.rescore_one, queue="scoring")
        registry.handle(tasks.GO_ON, tasks.go_on, queue="scoring")
        registry.periodic(
            "scoring.every_day", tasks.every_day, every=timedelta(days=1), queue="scoring"
        )
