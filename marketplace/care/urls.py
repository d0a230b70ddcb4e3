from django.urls import path

from marketplace.care.views import disputes, reviews

app_name = "care"
urlpatterns = [
    path("disputes/", disputes.mine, name="mine"),
    path("orders/<int:order_id>/dispute/", disputes.open_one, name="open"),
    path("disputes/<int:dispute_id>/", disputes.dispute, name="dispute"),
    path("disputes/<int:dispute_id>/say/", disputes.say, name="say"),
    path("disputes/<int:dispute_id>/offer/", disputes.offer, name="offer"),
    path("disputes/offers/<int:offer_id>/accept/", disputes.accept, name="accept"),
    path("disputes/offers/<int:offer_id>/refuse/", disputes.refuse, name="refuse"),
    path("disputes/<int:dispute_id>/staff/", disputes.escalate, name="escalate"),
    path("disputes/<int:dispute_id>/withdraw/", disputes.withdraw, name="withdraw"),
    path("disputes/<int:dispute_id>/address/", disputes.say_where, name="say_where"),
    path("disputes/<int:dispute_id>/sent/", disputes.send_back, name="send_back"),
    path("disputes/<int:dispute_id>/arrived/", disputes.arrived, name="arrived"),
    path("disputes/rulings/<int:ruling_id>/appeal/", disputes.appeal, name="appeal"),
    path("disputes/photos/<str:name>/<str:size>", disputes.photo, name="photo"),
    path("orders/<int:order_id>/care/", disputes.of_order, name="of_order"),
    path("orders/lines/<int:line_id>/review/", reviews.review, name="review"),
    path("desk/reviews/", reviews.received, name="received"),
    path("desk/reviews/<int:review_id>/answer/", reviews.answer, name="answer"),
    path("l/<int:listing_id>/reviews/", reviews.of_listing, name="of_listing"),
    path("s/<slug:slug>/reviews/", reviews.of_shop, name="of_shop"),
]
