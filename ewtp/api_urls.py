"""Every address of the API, version 1, collected from the rooms."""

from django.urls import path, re_path

from marketplace.developers import api as developers
from marketplace.hooks import api as hooks
from marketplace.listings import api as listings
from marketplace.orders import api as orders
from marketplace.shops import api as shops

app_name = "api"
urlpatterns = [
    path("me", developers.MeView.as_view(), name="me"),
    path("schema", developers.SchemaView.as_view(), name="schema"),
    *listings.urlpatterns,
    *shops.urlpatterns,
    *orders.urlpatterns,
    *hooks.urlpatterns,
    re_path("", developers.NowhereView.as_view()),
]
