from django.urls import path

from antifake.inspections import views

app_name = "inspections"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("order/<int:listing_id>/", views.order, name="order"),
    path("result/<str:code>/", views.verify, name="verify"),
    path("<int:inspection_id>/", views.detail, name="detail"),
    path("<int:inspection_id>/accept/", views.accept, name="accept"),
    path("<int:inspection_id>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:inspection_id>/conclude/", views.conclude, name="conclude"),
    path("<int:inspection_id>/photo/<str:name>/", views.photo, name="photo"),
]
