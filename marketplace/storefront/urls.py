from django.urls import path

from marketplace.storefront import views

app_name = "storefront"
urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("c/<slug:slug>/", views.category, name="category"),
    path("l/<int:listing_id>/", views.listing, name="listing"),
    path("s/<slug:slug>/", views.shop, name="shop"),
    path("destination/", views.destination, name="destination"),
    path("wishes/", views.wishes, name="wishes"),
    path("wishes/<int:listing_id>/keep/", views.keep_wish, name="keep_wish"),
    path("wishes/<int:listing_id>/drop/", views.drop_wish, name="drop_wish"),
    path("wishes/stock/<int:variant_id>/", views.watch, name="watch"),
    path("wishes/stock/<int:variant_id>/stop/", views.stop_watch, name="stop_watch"),
    path("searches/", views.searches, name="searches"),
    path("searches/save/", views.save_search, name="save_search"),
    path("searches/<int:search_id>/", views.saved_search, name="saved_search"),
    path("searches/<int:search_id>/change/", views.change_search, name="change_search"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("sitemaps/<slug:kind>-<int:number>.xml", views.sitemap_page, name="sitemap_page"),
]
