from django.urls import path

from marketplace.developers import views

app_name = "developers"
urlpatterns = [
    path("", views.home, name="home"),
    path("reference/", views.reference_group, name="reference"),
    path("reference/<slug:slug>/", views.reference_group, name="reference_group"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/new/", views.make_token, name="make_token"),
    path("tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
