from django.db import migrations

import marketplace.accounts.columns


class AlterFieldOfAllauth(migrations.AlterField):
    """An AlterField on allauth's table: its own migrations are not ours to edit."""

    def state_forwards(self, _app_label, state):
        super().state_forwards("account", state)

    def database_forwards(self, _app_label, *rest):
        super().database_forwards("account", *rest)

    def database_backwards(self, _app_label, *rest):
        super().database_backwards("account", *rest)


class Migration(migrations.Migration):
    """Sealed values are longer than addresses; the schema first, what it holds next."""

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0002_sessions_devices_throttles_terms"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="user_email_lower_case"),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=marketplace.accounts.columns.SealedEmailField(
                blank=True, max_length=254, null=True, unique=True
            ),
        ),
        AlterFieldOfAllauth(
            model_name="emailaddress",
            name="email",
            field=marketplace.accounts.columns.SealedEmailField(
                db_index=True, max_length=254, verbose_name="email address"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="phone_hash",
            field=marketplace.accounts.columns.KeyedHashField(
                max_length=64, of="phone_sealed", purpose="phone", unique=True
            ),
        ),
    ]
