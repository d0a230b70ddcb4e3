"""Give every listing that was ever posted the version that it says now."""

from django.db import migrations

# One statement: a row for each posted listing, nothing is read into memory.
FORWARDS = """
INSERT INTO listings_listingversion
    (listing_id, version, title, description, category_id, photo_names, choice_names, at)
SELECT l.id, l.content_version, l.title, l.description, l.category_id,
       ARRAY(SELECT p.name FROM listings_photo p WHERE p.listing_id = l.id ORDER BY p.position),
       ARRAY(SELECT v.name FROM listings_variant v WHERE v.listing_id = l.id ORDER BY v.id),
       COALESCE(l.posted_at, l.created_at)
FROM listings_listing l
WHERE l.state <> 'draft'
ON CONFLICT (listing_id, version) DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0004_version_choices'),
    ]

    operations = [
        # Backwards nothing: the rows are true, and the table goes with its own migration.
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]
