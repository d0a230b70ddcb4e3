import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="rescanlook",
            name="due_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="taken no sooner: looks of one cause form one line",
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="rescanlook",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["due_at"],
                name="rescan_look_line",
            ),
        ),
    ]
