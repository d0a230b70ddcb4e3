from django.urls import path

from marketplace.accounts import access_views, guest_views, identity_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.me, name="me"),
    path("profile/", views.profile, name="profile"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<int:address_id>/delete/", views.delete_address, name="delete_address"),
    path("identity/", identity_views.trader_identity, name="identity"),
    path("sessions/", access_views.sessions, name="sessions"),
    path("terms/", access_views.read_terms, name="terms"),
    path("guest/", guest_views.guest, name="guest"),
    path("guest/claim/", guest_views.guest_claim, name="guest_claim"),
    path("guest/open/<str:token>/", guest_views.guest_link, name="guest_link"),
    path("demo/", views.demo, name="demo"),
]
