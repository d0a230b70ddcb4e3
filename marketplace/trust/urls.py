from django.urls import path

from marketplace.trust import views

app_name = "trust"
urlpatterns = [path("", views.standing, name="standing")]
