from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """After an agreed return went wrong both sides may agree once more."""

    dependencies = [("care", "0002_legal_moves")]
    operations = [
        migrations.RemoveConstraint(model_name="offer", name="dispute_offer_one_accepted"),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                fields=["dispute"],
                condition=Q(state="accepted") & ~Q(kind="return"),
                name="dispute_offer_one_that_ends_it",
            ),
        ),
    ]
