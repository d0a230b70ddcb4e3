"""Room for the moment at which the time to appeal ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reasons", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="statementofreasons",
            name="redress_until",
            field=models.DateTimeField(null=True, help_text="the appeal is in time until then"),
        ),
    ]
