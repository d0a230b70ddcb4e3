from django.urls import path, re_path

from marketplace.listings import views

app_name = "listings"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("new/", views.new, name="new"),
    path("autosave/", views.autosave_new, name="autosave_new"),
    path("<int:listing_id>/", views.edit, name="edit"),
    path("<int:listing_id>/autosave/", views.autosave, name="autosave"),
    path("<int:listing_id>/versions/", views.versions, name="versions"),
    path("<int:listing_id>/stock/", views.stock, name="stock"),
    path("<int:listing_id>/end/", views.end, name="end"),
    path("shop/<int:shop_id>/counts/", views.counts, name="counts"),
    re_path(
        r"^photos/(?P<name>[0-9a-f]{32})-(?P<size>large|thumb)\.webp$", views.photo, name="photo"
    ),
]
