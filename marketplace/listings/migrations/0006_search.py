"""One row for each listing on sale, and the words they hold."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0005_first_versions'),
        ('shops', '0004_selling_account_and_closure'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(help_text='folded: rules.fold', max_length=40, unique=True)),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='of the word and its stems', size=None)),
                ('near', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='codes of what it is without some letters', size=None)),
                ('listings', models.PositiveIntegerField(default=1, help_text='about how many hold it')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['near'], name='search_word_near'), django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['codes'], name='search_word_codes')],
            },
        ),
        migrations.CreateModel(
            name='SearchStars',
            fields=[
                ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='listings.listing')),
                ('count', models.PositiveIntegerField(help_text='reviews that count')),
                ('hundredths', models.PositiveSmallIntegerField(help_text='weighed mean, of a star')),
            ],
        ),
        migrations.CreateModel(
            name='SearchCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shop_country', models.CharField(max_length=2)),
                ('standing', models.CharField(max_length=10)),
                ('currency', models.CharField(max_length=3)),
                ('price_band', models.SmallIntegerField()),
                ('in_stock', models.BooleanField()),
                ('listings', models.PositiveIntegerField()),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='listings.category')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('category', 'shop_country', 'standing', 'currency', 'price_band', 'in_stock'), name='search_count_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchRow',
            fields=[
                ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_row', serialize=False, to='listings.listing')),
                ('currency', models.CharField(help_text="of the prices: the shop's", max_length=3)),
                ('lowest_price_minor', models.PositiveBigIntegerField(help_text='of its choices')),
                ('highest_price_minor', models.PositiveBigIntegerField()),
                ('price_band', models.SmallIntegerField(help_text='of the lowest price: rules.price_band')),
                ('in_stock', models.BooleanField(help_text='some choice has a piece that nobody keeps')),
                ('thumb_name', models.CharField(blank=True, default='', max_length=80)),
                ('published_at', models.DateTimeField()),
                ('sold', models.PositiveIntegerField(default=0, help_text='pieces; as of the last refresh')),
                ('stars_count', models.PositiveIntegerField(default=0, help_text='as SearchStars')),
                ('stars_hundredths', models.PositiveSmallIntegerField(default=0)),
                ('rank', models.PositiveIntegerField(help_text='trust × freshness × newcomer ×, in thousandths')),
                ('title_codes', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None)),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, help_text='title and description', size=None)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.category')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='search_rows', to='shops.shop')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['codes'], name='search_row_codes'), models.Index(fields=['-rank', '-listing'], name='search_row_best'), models.Index(fields=['category', '-rank', '-listing'], name='search_row_best_of'), models.Index(fields=['-published_at', '-listing'], name='search_row_newest'), models.Index(fields=['currency', 'lowest_price_minor'], name='search_row_price')],
                'constraints': [models.CheckConstraint(condition=models.Q(('highest_price_minor__gte', models.F('lowest_price_minor'))), name='search_row_prices_in_order')],
            },
        ),
    ]
