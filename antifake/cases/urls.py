from django.urls import path

from antifake.cases import asking_views, views

app_name = "cases"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("questions/", asking_views.question_list, name="questions"),
    path("questions/<int:question_id>/", asking_views.question, name="question"),
    path("documents/", asking_views.document_list, name="documents"),
    path("check/new/", asking_views.check_new, name="check_new"),
    path("check/<int:listing_id>/", asking_views.check, name="check"),
    path("<int:decision_id>/", views.decision, name="decision"),
    path("<int:decision_id>/appeal/", views.appeal, name="appeal"),
]
