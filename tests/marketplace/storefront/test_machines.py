"""What search engines read: sitemap, robots, schema.org data, canonical addresses."""

import json
import re
from xml.etree.ElementTree import fromstring

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from marketplace.shops.models import ShippingMethod
from marketplace.storefront import queries
from tests.factories.listings import make_listing, make_photo, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

NASTY = '</script><script>alert(1)</script><!-- & " \u2028'


def blocks(client, path):
    page = BeautifulSoup(client.get(path).content, "html.parser")
    found = page.select('script[type="application/ld+json"]')
    return {one["@type"]: one for one in (json.loads(block.string) for block in found)}, page


def test_goods_are_described_with_price_stock_and_sending(client, settings):
    listing = make_listing(title="Bowl", description="Clay")
    make_variant(listing=listing, price_minor=1_250)
    make_photo(listing=listing)
    ShippingMethod.objects.create(
        shop=listing.shop, name="Letter", first_minor=300, countries=["KE"], days_min=2, days_max=5
    )
    data, page = blocks(client, reverse("storefront:listing", args=[listing.pk]))
    offer = data["Product"]["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("12.50", "EUR")
    assert offer["availability"].endswith("InStock")
    assert offer["shippingDetails"][0]["shippingRate"]["value"] == "3.00"
    assert data["Product"]["image"][0].startswith(settings.SITE_URL)
    assert "aggregateRating" not in data["Product"]  # nobody reviewed it
    steps = data["BreadcrumbList"]["itemListElement"]
    assert [one["name"] for one in steps][1:] == [listing.category.name, "Bowl"]
    assert page.select_one("link[rel=canonical]")["href"] == data["Product"]["url"]


def test_several_choices_are_an_aggregate_and_none_free_is_out_of_stock(client):
    listing = make_listing()
    for name, price in (("S", 900), ("L", 1_100)):
        make_variant(listing=listing, name=name, price_minor=price, on_hand=0)
    data, _page = blocks(client, reverse("storefront:listing", args=[listing.pk]))
    offer = data["Product"]["offers"]
    assert (offer["lowPrice"], offer["highPrice"], offer["offerCount"]) == ("9.00", "11.00", 2)
    assert offer["availability"].endswith("OutOfStock")


def test_no_words_of_a_seller_leave_the_block_of_data(client):
    listing = make_listing(title=NASTY[:120], description=NASTY, shop=make_shop(story=NASTY))
    make_variant(listing=listing)
    for path in (
        reverse("storefront:listing", args=[listing.pk]),
        reverse("storefront:shop", args=[listing.shop.slug]),
    ):
        data, page = blocks(client, path)
        assert NASTY in {one.get("description") for one in data.values()}
        assert all(script.get("src") or script.get("type") for script in page.select("script"))


def test_a_shop_is_an_organization_with_its_country(client):
    shop = make_shop(name="Agaseke", story="Six women weave.", country="RW")
    data, _page = blocks(client, reverse("storefront:shop", args=[shop.slug]))
    assert data["Organization"]["address"]["addressCountry"] == "RW"


def locations(client, path):
    answer = client.get(path)
    assert answer["Content-Type"].startswith("application/xml")
    body = b"".join(answer) if answer.streaming else answer.content
    return [one.text for one in fromstring(body).iter() if one.tag.endswith("}loc")]


def test_the_sitemap_leads_to_everything_on_sale_in_parts(client, settings, monkeypatch):
    monkeypatch.setattr(queries, "URLS_A_MAP", 2)
    made = [make_variant().listing for _one in range(5)]
    hidden = make_listing(state="draft")
    pages = locations(client, reverse("storefront:sitemap"))
    first = {"goods": made[0].pk // 2, "shops": made[0].shop_id // 2, "shelves": 0}
    found = []
    for page in pages:
        kind, number = re.search(r"/(\w+)-(\d+)\.xml$", page).groups()
        if int(number) < first[kind]:
            continue  # the pages of what other tests made before
        assert page.startswith(settings.SITE_URL)
        part = locations(client, page.removeprefix(settings.SITE_URL))
        found += part
        assert len(part) <= 2 or "shelves" in page
    for listing in made:
        assert f"{settings.SITE_URL}/l/{listing.pk}/" in found
        assert f"{settings.SITE_URL}/s/{listing.shop.slug}/" in found
        assert f"{settings.SITE_URL}/c/{listing.category.slug}/" in found
    assert not [one for one in found if f"/l/{hidden.pk}/" in one]
    assert len(found) == len(set(found))


def test_robots_are_told_of_the_sitemap_and_kept_from_what_is_personal(client, settings):
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in text
    assert "Disallow: /me/" in text
    assert "Disallow: /\n" not in text
