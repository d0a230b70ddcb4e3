from django.urls import path

from marketplace.talk.views import questions, replies, reports, threads

app_name = "talk"
urlpatterns = [
    path("messages/", threads.mine, name="mine"),
    path("messages/<int:thread_id>/", threads.thread, name="thread"),
    path("messages/<int:thread_id>/news/", threads.news, name="news"),
    path("messages/photos/<str:name>/<str:size>", threads.photo, name="photo"),
    path("messages/<int:message_id>/report/", reports.report, name="report"),
    path("l/<int:listing_id>/message/", threads.about_listing, name="about_listing"),
    path("orders/<int:order_id>/messages/", threads.about_order, name="about_order"),
    path("l/<int:listing_id>/questions/", questions.of_listing, name="questions"),
    path("l/<int:listing_id>/questions/ask/", questions.ask, name="ask"),
    path("desk/messages/", threads.desk, name="desk"),
    path("desk/questions/", questions.received, name="received"),
    path("desk/questions/<int:question_id>/answer/", questions.answer, name="answer"),
    path("desk/replies/", replies.saved, name="replies"),
    path("desk/replies/<int:shop_id>/add/", replies.add, name="add_reply"),
    path("desk/replies/<int:reply_id>/", replies.change, name="change_reply"),
    path("desk/replies/<int:reply_id>/delete/", replies.delete, name="delete_reply"),
]
