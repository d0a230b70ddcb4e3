from django.urls import path

from antifake.cases import views

app_name = "cases"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:decision_id>/", views.decision, name="decision"),
    path("<int:decision_id>/appeal/", views.appeal, name="appeal"),
]
