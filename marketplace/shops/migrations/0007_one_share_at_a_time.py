"""Of one person, one share of a shop is in force at a moment.

What overlapped ends first where the share that was agreed later begins, as agreeing does now.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import migrations
from django.db.models import F, Func, Q

# What is checked at the end of the transaction must be checked before the table may change.
END_WHAT_OVERLAPS = """
UPDATE shops_share AS old SET ended_at = later.since
FROM (
    SELECT old.id, min(new.since) AS since
    FROM shops_share AS old
    JOIN shops_share AS new ON new.shop_id = old.shop_id AND new.user_id = old.user_id
        AND (new.agreed_at, new.id) > (old.agreed_at, old.id)
    WHERE old.state = 'agreed' AND new.state = 'agreed'
    GROUP BY old.id
) AS later
WHERE later.id = old.id AND (old.ended_at IS NULL OR old.ended_at > later.since);
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    """An exclusion constraint over the time in which a share is in force."""

    dependencies = [("shops", "0006_shares_hold")]

    operations = [
        # Another room may use it too: it stays when this migration is undone.
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist", migrations.RunSQL.noop),
        migrations.RunSQL(END_WHAT_OVERLAPS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="share",
            constraint=ExclusionConstraint(
                name="share_one_at_a_time",
                expressions=[
                    ("shop", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            F("since"),
                            F("ended_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state="agreed") & (Q(ended_at=None) | Q(ended_at__gt=F("since"))),
            ),
        ),
    ]
