import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="look_until",
            field=models.DateTimeField(
                blank=True,
                help_text="promised in a dispute: no delivery ends the clock before",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                django.db.models.functions.text.Upper(
                    models.Func(
                        models.F("tracking"),
                        models.Value(" -./"),
                        models.Value(""),
                        function="TRANSLATE",
                    )
                ),
                condition=models.Q(("tracking", ""), _negated=True),
                name="shipment_by_number",
            ),
        ),
    ]
