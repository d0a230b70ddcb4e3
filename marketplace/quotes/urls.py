from django.urls import path

from marketplace.quotes.views import asking, deals, quoting

app_name = "quotes"
urlpatterns = [
    path("", asking.mine, name="mine"),
    path("ask/", asking.ask, name="ask"),
    path("requests/<int:request_id>/", asking.show, name="request"),
    path("requests/<int:request_id>/close/", asking.close, name="close"),
    path("requests/photos/<str:name>/<str:size>", asking.photo, name="photo"),
    path("desk/", quoting.desk, name="desk"),
    path("requests/<int:request_id>/by/<int:shop_id>/", quoting.write, name="write"),
    path("<int:quote_id>/", deals.detail, name="detail"),
    path("<int:quote_id>/withdraw/", quoting.withdraw, name="withdraw"),
    path("<int:quote_id>/decline/", deals.decline, name="decline"),
    path("<int:quote_id>/say/", deals.say, name="say"),
    path("deals/<int:deal_id>/accept/", deals.accept, name="accept"),
    path("agreed/<str:ref>/", deals.agreed, name="agreed"),
]
