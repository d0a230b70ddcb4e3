import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from marketplace.listings.models import ListingState
from marketplace.shops.models import ShopState, Standing
from tests.factories.accounts import make_person
from tests.factories.listings import make_category, make_listing, make_photo, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def goods(**fields):
    """A listing as buyers see it: a price and a photo."""
    price_minor = fields.pop("price_minor", 3100)
    listing = make_listing(**fields)
    make_variant(listing=listing, price_minor=price_minor)
    make_photo(listing=listing)
    return listing


def page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def titles(soup):
    return [heading.get_text(strip=True) for heading in soup.select(".goods h3")]


def found(client, **query):
    return titles(page(client, reverse("storefront:search", query=query)))


def test_home_shows_the_newest_live_goods_of_open_shops(client, now):
    goods(title="Old basket", published_at=now.replace(year=2025))
    goods(title="New bowl", published_at=now)
    for state in set(ListingState) - {ListingState.LIVE}:
        goods(title=f"Hidden {state}", state=state)
    goods(title="Hidden shop", shop=make_shop(state=ShopState.SUSPENDED))

    assert titles(page(client, reverse("storefront:home"))) == ["New bowl", "Old basket"]


def test_an_empty_home_says_what_to_do_next(client):
    assert "open a shop" in page(client, "/").get_text().lower()


@pytest.mark.parametrize("number", [10, 60])
@pytest.mark.parametrize("path", ["storefront:home", "storefront:search"])
def test_a_page_of_cards_takes_few_queries_however_many_goods_there_are(
    client, number, path, django_assert_max_num_queries
):
    shop, shelf = make_shop(), make_category()
    for _one in range(number):
        goods(shop=shop, category=shelf)
    client.force_login(make_person())

    with django_assert_max_num_queries(8):
        soup = page(client, reverse(path))

    assert len(soup.select(".goods")) == min(number, 24)


def test_search_finds_every_word_in_title_or_description(client):
    goods(title="Woven basket", description="Banana leaf from Rwanda")
    goods(title="Woven hat", description="Straw")

    assert found(client, q="basket RWANDA") == ["Woven basket"]
    assert found(client, q="woven zinc") == []


def test_search_forgives_a_typo(client):
    goods(title="Woven basket")
    goods(title="Clay bowl")

    assert found(client, q="baskte") == ["Woven basket"]


def test_search_puts_a_trusted_shop_first(client):
    goods(title="Basket one", shop=make_shop(ranking_trust_permille=100))
    goods(title="Basket two", shop=make_shop(ranking_trust_permille=1000))

    assert found(client, q="basket") == ["Basket two", "Basket one"]


def test_search_keeps_to_one_shelf(client):
    shelf = make_category(slug="baskets")
    goods(title="Basket", category=shelf)
    goods(title="Bowl")

    assert found(client, category="baskets") == ["Basket"]


def test_the_pager_keeps_words_and_shelf_in_the_address(client):
    shelf = make_category(slug="baskets")
    shop = make_shop()
    for _one in range(30):
        goods(title="Basket", category=shelf, shop=shop)

    soup = page(client, reverse("storefront:search", query={"q": "basket", "category": "baskets"}))

    assert "30 results" in soup.get_text()
    following = soup.select_one("a[rel=next]")["href"]
    assert "q=basket" in following
    assert "category=baskets" in following
    assert len(titles(page(client, reverse("storefront:search") + following))) == 6


@pytest.mark.parametrize("query", ["%", "_", "'", "\x00", "a" * 5000, "<b>", "\\"])
def test_search_bears_any_text(client, query):
    goods()

    assert client.get(reverse("storefront:search"), {"q": query}).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "9999", "x"])
def test_a_page_that_is_not_there_shows_the_nearest(client, number):
    goods()

    assert client.get(reverse("storefront:search"), {"page": number}).status_code == 200


def test_a_listing_shows_price_shipping_seller_and_the_form(client):
    shop = make_shop(shipping_minor=450, standing=Standing.TRUSTED)
    listing = goods(shop=shop, title="Woven basket")

    soup = page(client, reverse("storefront:listing", args=[listing.pk]))

    text = soup.get_text(" ", strip=True)
    assert "€31.00" in text
    assert "+ shipping €4.50" in text
    assert "duty and import tax not included" in text
    assert "Trusted" in text
    form = soup.select_one("main form[method=post]")
    assert form["action"] == reverse("orders:add")
    assert form.select_one("[name=variant_id]")["value"] == str(listing.variants.get().pk)


def test_a_listing_offers_each_choice_and_says_which_is_sold_out(client):
    listing = goods(title="Shirt")
    listing.variants.update(name="Small")
    make_variant(listing=listing, name="Large", price_minor=4000, on_hand=0)

    soup = page(client, reverse("storefront:listing", args=[listing.pk]))

    choices = soup.select("input[type=radio][name=variant_id]")
    assert [choice.has_attr("disabled") for choice in choices] == [False, True]
    assert "from €31.00" in soup.get_text(" ", strip=True)


def test_a_listing_can_be_previewed_in_other_peoples_apps(client, settings):
    listing = goods(title="Woven basket")

    soup = page(client, reverse("storefront:listing", args=[listing.pk]))

    assert soup.select_one("meta[property='og:title']")["content"] == "Woven basket · €31.00"
    image = soup.select_one("meta[property='og:image']")["content"]
    assert image.startswith(settings.SITE_URL)


@pytest.mark.parametrize("state", sorted(set(ListingState) - {ListingState.LIVE}))
def test_goods_that_are_not_live_are_seen_by_their_own_shop_alone(client, state):
    listing = goods(state=state)
    address = reverse("storefront:listing", args=[listing.pk])

    assert client.get(address).status_code == 404
    client.force_login(make_person())
    assert client.get(address).status_code == 404
    client.force_login(listing.shop.owner)
    soup = page(client, address)
    assert listing.get_state_display() in soup.select_one(".notice-warn").get_text()
    assert not soup.select("main form[method=post]")


def test_live_goods_of_a_suspended_shop_are_not_there(client):
    listing = goods(shop=make_shop(state=ShopState.SUSPENDED))

    assert client.get(reverse("storefront:listing", args=[listing.pk])).status_code == 404


def test_a_shop_shows_its_story_its_standing_and_its_goods(client):
    shop = make_shop(name="Agaseke", story="Six women weave.", standing=Standing.WATCHED)
    goods(shop=shop, title="Woven basket")
    goods(title="Elsewhere")

    soup = page(client, reverse("storefront:shop", args=[shop.slug]))

    assert "Six women weave." in soup.get_text()
    assert "Under watch" in soup.get_text()
    assert titles(soup) == ["Woven basket"]


def test_a_shop_that_is_not_open_is_seen_by_its_own_people_alone(client):
    shop = make_shop(state=ShopState.APPLIED)
    address = reverse("storefront:shop", args=[shop.slug])

    assert client.get(address).status_code == 404
    client.force_login(shop.owner)
    assert page(client, address).select_one(".notice-warn")


def test_text_of_a_seller_is_never_markup(client):
    listing = goods(title="<b>x</b>", description="<script>1</script>\n\n<i>y</i>")

    soup = page(client, reverse("storefront:listing", args=[listing.pk]))

    assert not soup.select("main script, main i, main h1 b")
