from django.urls import path

from marketplace.shops import views

app_name = "shops"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("apply/", views.apply, name="apply"),
]
