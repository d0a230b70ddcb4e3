import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

USER = settings.AUTH_USER_MODEL


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def person(on_delete, **options):
    return models.ForeignKey(on_delete=on_delete, related_name="+", to=USER, **options)


class Migration(migrations.Migration):
    """Sessions of our own, known browsers, counters of tries, and the terms by version."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user", person(django.db.models.deletion.CASCADE, null=True)),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", key()),
                (
                    "token_hash",
                    models.CharField(help_text="SHA-256 of a random token", max_length=64),
                ),
                ("seen_at", models.DateTimeField()),
                ("user", person(django.db.models.deletion.CASCADE)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "token_hash"), name="known_device_once")
                ],
                "indexes": [models.Index(fields=["token_hash"], name="known_device_token")],
            },
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="keyed hash", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("count", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="TermsVersion",
            fields=[
                ("id", key()),
                ("version", models.PositiveIntegerField(unique=True)),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField()),
                ("published_by", person(django.db.models.deletion.PROTECT)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(version__gte=2), name="terms_after_the_founding"
                    ),
                    models.CheckConstraint(condition=~Q(text=""), name="terms_say_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermsAcceptance",
            fields=[
                ("id", key()),
                ("version", models.PositiveIntegerField()),
                ("accepted_at", models.DateTimeField()),
                ("user", person(django.db.models.deletion.PROTECT)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "version"), name="terms_accepted_once"),
                    models.CheckConstraint(
                        condition=Q(version__gte=1), name="terms_version_exists"
                    ),
                ],
            },
        ),
        # Sessions of before stood there in clear. Back: nothing, people sign in again.
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
