from django.db import migrations

from marketplace.accounts import rotation


def seal_what_is_plain(apps, _schema_editor):
    """Seal plain addresses and name the keys of what is sealed and hashed already, in batches."""
    for label in ("accounts", "account"):
        for table in rotation.tables(apps, of=label):
            for batch in rotation.batches(table):
                if batch.stuck:
                    raise ValueError("not sealed: " + "; ".join(batch.stuck))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_seal_email_addresses")]

    operations = [
        # Back: nothing. What was sealed stays sealed; plain addresses shall not return.
        migrations.RunPython(seal_what_is_plain, migrations.RunPython.noop)
    ]
