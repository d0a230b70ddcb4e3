from django.urls import path

from antifake.transparency import views

app_name = "transparency"
urlpatterns = [
    path("", views.home, name="home"),
    path("data.csv", views.as_csv, name="csv"),
    path("data.json", views.as_json, name="json"),
]
