from django.urls import path

from antifake.reports import views

app_name = "reports"
urlpatterns = [
    path("goods/<int:listing_id>/", views.report, name="report"),
    path("<str:token>/", views.outcome, name="outcome"),
]
