from django.urls import path

from marketplace.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.me, name="me"),
    path("profile/", views.profile, name="profile"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<int:address_id>/delete/", views.delete_address, name="delete_address"),
    path("demo/", views.demo, name="demo"),
]
