from django.urls import path

from marketplace.storefront import views

app_name = "storefront"
urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("l/<int:listing_id>/", views.listing, name="listing"),
    path("s/<slug:slug>/", views.shop, name="shop"),
]
