from django.urls import path

from marketplace.accounts import access_views, identity_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.me, name="me"),
    path("profile/", views.profile, name="profile"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<int:address_id>/delete/", views.delete_address, name="delete_address"),
    path("identity/", identity_views.trader_identity, name="identity"),
    path("sessions/", access_views.sessions, name="sessions"),
    path("terms/", access_views.read_terms, name="terms"),
    path("demo/", views.demo, name="demo"),
]
