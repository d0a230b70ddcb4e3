from django.urls import path

from marketplace.inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.inbox, name="list"),
    path("<int:message_id>/read/", views.read, name="read"),
]
