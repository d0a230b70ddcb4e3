"""Rules of countries as dated data: a change of law is a new row, never a change of code."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q


class TaxRate(models.Model):
    """A country's standard rate of value-added or sales tax, while it holds."""

    country = models.CharField(max_length=2, help_text="ISO 3166-1")
    rate_bp = models.PositiveIntegerField(help_text="ten-thousandths of the net price")
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="the first day it holds no more")
    source = models.CharField(max_length=200, help_text="the law, or who publishes it")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rate_bp__lte=5_000), name="tax_rate_believable"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="tax_rate_dates_in_order"
            ),
            ExclusionConstraint(
                name="tax_rate_one_at_a_time",
                expressions=[
                    ("country", RangeOperators.EQUAL),
                    (
                        Func(
                            F("since"),
                            F("until"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        ordering = ["country", "since"]

    def __str__(self) -> str:
        return f"{self.country} {self.rate_bp / 100:g} % from {self.since}"
