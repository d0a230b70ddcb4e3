from django.urls import path

from credit.scoring import views

app_name = "scoring"
urlpatterns = [path("", views.score, name="score")]
