"""The public pages and what a person keeps from them."""

from marketplace.storefront.views.finding import category, search
from marketplace.storefront.views.keeping import (
    change_search,
    drop_wish,
    keep_wish,
    save_search,
    saved_search,
    searches,
    stop_watch,
    watch,
    wishes,
)
from marketplace.storefront.views.maps import robots, sitemap, sitemap_page
from marketplace.storefront.views.pages import destination, home, listing, shop

__all__ = [
    "category",
    "change_search",
    "destination",
    "drop_wish",
    "home",
    "keep_wish",
    "listing",
    "robots",
    "save_search",
    "saved_search",
    "search",
    "searches",
    "shop",
    "sitemap",
    "sitemap_page",
    "stop_watch",
    "watch",
    "wishes",
]
