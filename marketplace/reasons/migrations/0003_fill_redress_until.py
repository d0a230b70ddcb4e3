"""Statements of before say it in words alone: 180 days from the decision was the rule."""

from django.db import migrations

FILL = """
    UPDATE reasons_statementofreasons SET redress_until = created_at + interval '180 days'
    WHERE redress_until IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("reasons", "0002_redress_until")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
