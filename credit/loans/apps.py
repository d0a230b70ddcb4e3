from datetime import timedelta

from django.apps import AppConfig


class LoansConfig(AppConfig):
    """Loans against a score: decided and paid in one transaction, repaid from payouts."""

    name = "credit.loans"
    label = "loans"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for what payouts repaid, and register this room's clock."""
        from credit.loans import tasks
        from marketplace.outbox import registry

        registry.subscribe("claim.paid", tasks.on_claim_paid, name=tasks.REPAID, queue="checkout")
        for news in ("loan.repayment", "loan.late", "loan.written_off"):
            registry.subscribe(news, tasks.on_loan_news, name=tasks.NOTE, queue="scoring")
        for decided in ("loan.paid", "loan.refused"):
            registry.subscribe(decided, tasks.on_decision, name=tasks.SHADOW, queue="scoring")
        for fact in ("strike.recorded", "strike.voided", "sanction.ended"):
            registry.subscribe(fact, tasks.on_standing, name=tasks.STANDING, queue="scoring")
        registry.periodic(tasks.CLOCK, tasks.look_at_days, every=timedelta(hours=1))
        registry.handle(tasks.SEND, tasks.sent, prepare=tasks.send, queue="checkout")
