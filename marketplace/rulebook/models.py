"""The market's rules as dated data: a change is a new row, never an edit."""

from django.conf import settings
from django.db import models


class RuleValue(models.Model):
    """One value of one rule from a moment on. Append-only; the newest past row is in force.

    Before any row exists the founding value of rules.CATALOGUE holds.
    """

    key = models.CharField(max_length=60)
    value = models.JSONField()
    valid_from = models.DateTimeField()
    reason = models.TextField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="rule_one_value_a_moment")
        ]

    def __str__(self) -> str:
        return f"{self.key} from {self.valid_from:%Y-%m-%d}"
