from django.urls import path

from antifake.notices.views import finding, notices, rights, threads

app_name = "notices"
urlpatterns = [
    path("", rights.home, name="home"),
    path("new/", rights.new_right, name="new_right"),
    path("<int:right_id>/", rights.right, name="right"),
    path("<int:right_id>/photos/", rights.add_photo, name="add_photo"),
    path("<int:right_id>/wordings/", rights.add_wording, name="add_wording"),
    path("<int:right_id>/photos/<slug:name>.webp", rights.picture, name="picture"),
    path("agents/", rights.agents, name="agents"),
    path("agents/<int:agency_id>/end/", rights.end_agency, name="end_agency"),
    path("find/", finding.find, name="find"),
    path("notices/", notices.notice_list, name="list"),
    path("notices.csv", notices.outcomes, name="outcomes"),
    path("notices/new/", notices.new, name="new"),
    path("notices/choose/", notices.choose, name="choose"),
    path("notices/<int:notice_id>/", notices.notice, name="notice"),
    path("notices/<int:notice_id>/remove/<int:listing_id>/", notices.remove, name="remove"),
    path("notices/<int:notice_id>/withdraw/", notices.withdraw, name="withdraw"),
    path("notices/<int:notice_id>/link/", notices.link, name="link"),
    path("threads/<int:counter_id>/", threads.counter, name="counter"),
    path("received/", threads.received, name="received"),
    path("received/<int:item_id>/", threads.answer, name="answer"),
    path("status/<str:token>/", notices.status, name="status"),
]
