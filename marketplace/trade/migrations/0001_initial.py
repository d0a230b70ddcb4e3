"""Tax rates and the standard rates of the countries that trade here first."""

import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models
from django.db.models import F, Func, Q

EU = "European Commission, Taxes in Europe database"
PWC = "PwC Worldwide Tax Summaries"
# Country, ten-thousandths, first day (when the present rate came), source.
RATES = [
    ("AT", 2000, "1984-01-01", EU), ("BE", 2100, "1996-01-01", EU), ("BG", 2000, "1999-01-01", EU),
    ("CY", 1900, "2014-01-13", EU), ("CZ", 2100, "2013-01-01", EU), ("DE", 1900, "2021-01-01", EU),
    ("DK", 2500, "1992-01-01", EU), ("EE", 2400, "2025-07-01", EU), ("ES", 2100, "2012-09-01", EU),
    ("FI", 2550, "2024-09-01", EU), ("FR", 2000, "2014-01-01", EU), ("GR", 2400, "2016-06-01", EU),
    ("HR", 2500, "2012-03-01", EU), ("HU", 2700, "2012-01-01", EU), ("IE", 2300, "2021-03-01", EU),
    ("IT", 2200, "2013-10-01", EU), ("LT", 2100, "2009-09-01", EU), ("LU", 1700, "2024-01-01", EU),
    ("LV", 2100, "2012-07-01", EU), ("MT", 1800, "2004-01-01", EU), ("NL", 2100, "2012-10-01", EU),
    ("PL", 2300, "2011-01-01", EU), ("PT", 2300, "2011-01-01", EU), ("RO", 2100, "2025-08-01", EU),
    ("SE", 2500, "1990-07-01", EU), ("SI", 2200, "2013-07-01", EU), ("SK", 2300, "2025-01-01", EU),
    ("GB", 2000, "2011-01-04", "Value Added Tax Act 1994, section 2"),
    ("CH", 810, "2024-01-01", "Swiss VAT Act, article 25"),
    ("NO", 2500, "2005-01-01", PWC), ("RW", 1800, "2001-07-01", PWC), ("KE", 1600, "2021-01-01", PWC),
    ("ET", 1500, "2003-01-01", PWC), ("GH", 1500, "2023-01-01", PWC), ("MA", 2000, "1986-04-01", PWC),
    ("ZA", 1500, "2018-04-01", PWC), ("TH", 700, "1999-04-01", PWC), ("VN", 1000, "2009-01-01", PWC),
    ("IN", 1800, "2017-07-01", PWC), ("JP", 1000, "2019-10-01", PWC), ("KR", 1000, "1977-07-01", PWC),
    ("CN", 1300, "2019-04-01", PWC), ("MX", 1600, "2010-01-01", PWC), ("PE", 1800, "2011-03-01", PWC),
    ("TR", 2000, "2023-07-10", PWC), ("ID", 1200, "2025-01-01", PWC),
]


def add_rates(apps, _schema_editor):
    rate = apps.get_model("trade", "TaxRate")
    rate.objects.bulk_create(
        rate(country=country, rate_bp=bp, since=datetime.date.fromisoformat(day), source=source)
        for country, bp, day, source in RATES
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(help_text="ISO 3166-1", max_length=2)),
                ("rate_bp", models.PositiveIntegerField(help_text="ten-thousandths of the net price")),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, help_text="the first day it holds no more", null=True)),
                ("source", models.CharField(help_text="the law, or who publishes it", max_length=200)),
            ],
            options={"ordering": ["country", "since"],
                'constraints': [models.CheckConstraint(condition=Q(rate_bp__lte=5000), name="tax_rate_believable"), models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="tax_rate_dates_in_order"
            ), django.contrib.postgres.constraints.ExclusionConstraint(
                name="tax_rate_one_at_a_time",
                expressions=[
                    ("country", "="),
                    (
                        Func(
                            F("since"),
                            F("until"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
            )],
            },
        ),
        migrations.RunPython(add_rates, migrations.RunPython.noop),
    ]
