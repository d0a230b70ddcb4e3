from django.urls import path

from marketplace.shops.views import members, shop

app_name = "shops"
urlpatterns = [
    path("", shop.desk, name="desk"),
    path("apply/", shop.apply, name="apply"),
    path("members/", members.members, name="members"),
    path("<int:shop_id>/members/invite/", members.invite, name="invite"),
    path("members/<int:member_id>/role/", members.change_role, name="change_role"),
    path("members/<int:member_id>/remove/", members.remove, name="remove_member"),
    path("invitations/", members.invitations, name="invitations"),
    path("invitations/<int:invitation_id>/accept/", members.accept, name="accept"),
    path("invitations/<int:invitation_id>/withdraw/", members.withdraw, name="withdraw"),
    path("join/<str:token>/", members.join, name="join"),
]
