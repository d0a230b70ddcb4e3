from django.urls import path

from marketplace.reasons import views

app_name = "reasons"
urlpatterns = [path("<uuid:puid>/", views.statement, name="statement")]
