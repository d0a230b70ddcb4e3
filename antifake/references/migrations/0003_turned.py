"""The bank keeps the vectors of a picture's quarter turns, so that who asks need not turn."""

from django.db import migrations, models

import antifake.references.fields


class Migration(migrations.Migration):
    dependencies = [("references", "0002_descriptors")]

    operations = [
        migrations.AddField(
            model_name="bankdescriptor",
            name="turned",
            field=models.BinaryField(default=b"", help_text="vectors of its two quarter turns"),
        ),
        migrations.AlterField(
            model_name="bankdescriptor",
            name="mirrored",
            field=antifake.references.fields.HalfVectorField(
                help_text="that of the mirrored picture, in the bank", null=True
            ),
        ),
        migrations.AlterField(
            model_name="photodescriptor",
            name="mirrored",
            field=antifake.references.fields.HalfVectorField(
                help_text="that of the mirrored picture, in the bank", null=True
            ),
        ),
    ]
