from django.db import migrations

ADD = """
ALTER TABLE {table} ADD CONSTRAINT {name}
    CHECK (email ~ '^k[0-9a-f]{{8}}:[A-Za-z0-9+/]{{16,}}=*$')
"""
DROP = "ALTER TABLE {table} DROP CONSTRAINT {name}"


def refuse(table, name):
    return migrations.RunSQL(
        ADD.format(table=table, name=name), DROP.format(table=table, name=name)
    )


class Migration(migrations.Migration):
    """In SQL: seen from Python the column is plain, so a constraint of the model cannot say it."""

    dependencies = [("accounts", "0004_seal_stored_addresses")]

    operations = [
        refuse("accounts_user", "user_email_sealed"),
        refuse("account_emailaddress", "emailaddress_email_sealed"),
    ]
