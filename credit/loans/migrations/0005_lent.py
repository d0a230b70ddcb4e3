"""The database keeps what is lent in each currency, in a few rows, as loans change.

At commit, and in the row of the connection's own shard: nobody holds such a row while it waits
for anything else, and two loans paid at once hardly ever need the same.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION loans_note_lent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint := 0;
    after bigint := 0;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state IN ('active', 'late') THEN
        before := OLD.principal_left_minor;
    END IF;
    IF NEW.state IN ('active', 'late') THEN
        after := NEW.principal_left_minor;
    END IF;
    IF after <> before THEN
        INSERT INTO loans_lent AS kept (currency, shard, lent_minor)
        VALUES (NEW.currency, pg_backend_pid() % 32, after - before)
        ON CONFLICT (currency, shard)
        DO UPDATE SET lent_minor = kept.lent_minor + excluded.lent_minor;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER loans_loan_lent
    AFTER INSERT OR UPDATE OF state, principal_left_minor ON loans_loan
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION loans_note_lent();

INSERT INTO loans_lent (currency, shard, lent_minor)
SELECT currency, 0, sum(principal_left_minor) FROM loans_loan
WHERE state IN ('active', 'late') GROUP BY currency;
"""

BACKWARD = """
DROP TRIGGER loans_loan_lent ON loans_loan;
DROP FUNCTION loans_note_lent();
"""


class Migration(migrations.Migration):
    """Table and trigger."""

    dependencies = [("loans", "0004_cut_moves")]
    operations = [
        migrations.CreateModel(
            name="Lent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                ("currency", models.CharField(help_text="ISO 4217", max_length=3)),
                ("shard", models.PositiveSmallIntegerField()),
                ("lent_minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("currency", "shard"), name="lent_once")
                ]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
