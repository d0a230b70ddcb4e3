from django.urls import path

from marketplace.hooks.views import deliveries, endpoints

app_name = "hooks"
urlpatterns = [
    path("", endpoints.endpoints, name="list"),
    path("new/", endpoints.add, name="add"),
    path("<int:endpoint_id>/", endpoints.endpoint, name="endpoint"),
    path("<int:endpoint_id>/change/", endpoints.change, name="change"),
    path("<int:endpoint_id>/secret/", endpoints.rotate, name="rotate"),
    path("<int:endpoint_id>/pause/", endpoints.pause, name="pause"),
    path("<int:endpoint_id>/resume/", endpoints.resume, name="resume"),
    path("<int:endpoint_id>/delete/", endpoints.delete, name="delete"),
    path("<int:endpoint_id>/test/", deliveries.test, name="test"),
    path("<int:endpoint_id>/replay/", deliveries.replay_failed, name="replay_failed"),
    path("deliveries/<int:delivery_id>/", deliveries.delivery, name="delivery"),
    path("deliveries/<int:delivery_id>/replay/", deliveries.replay, name="replay"),
]
