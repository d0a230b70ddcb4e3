from django.urls import path

from credit.scoring.views import disputes, score, shares, sources

app_name = "scoring"
urlpatterns = [
    path("", score.score, name="score"),
    path("what-if/", score.what_if, name="what_if"),
    path("me/", score.mine, name="mine"),
    path("<int:shop_id>/dispute/<str:key>/", disputes.dispute, name="dispute"),
    path("sources/", sources.sources, name="sources"),
    path("<int:shop_id>/sources/choose/", sources.choose, name="choose_source"),
    path("shares/", shares.shares, name="shares"),
    path("<int:shop_id>/shares/make/", shares.make, name="make_share"),
    path("shares/<int:link_id>/", shares.share, name="share"),
    path("shares/<int:link_id>/revoke/", shares.revoke, name="revoke_share"),
    path("check/<str:token>/", shares.check, name="check"),
]
