from django.urls import path

from marketplace.shops.views import members, owning, shipping, shop

app_name = "shops"
urlpatterns = [
    path("", shop.desk, name="desk"),
    path("apply/", shop.apply, name="apply"),
    path("<int:shop_id>/payout-account/", owning.payout_account, name="payout_account"),
    path(
        "<int:shop_id>/payout-account/change/",
        owning.change_payout_account,
        name="change_payout_account",
    ),
    path(
        "payout-account/<int:change_id>/call-off/", owning.call_off_change, name="call_off_change"
    ),
    path("<int:shop_id>/closure/", owning.closure, name="closure"),
    path("<int:shop_id>/closure/call-off/", owning.call_off_closure, name="call_off_closure"),
    path("members/", members.members, name="members"),
    path("<int:shop_id>/members/invite/", members.invite, name="invite"),
    path("members/<int:member_id>/role/", members.change_role, name="change_role"),
    path("members/<int:member_id>/remove/", members.remove, name="remove_member"),
    path("invitations/", members.invitations, name="invitations"),
    path("invitations/<int:invitation_id>/accept/", members.accept, name="accept"),
    path("invitations/<int:invitation_id>/withdraw/", members.withdraw, name="withdraw"),
    path("shipping/", shipping.page, name="shipping"),
    path("<int:shop_id>/shipping/add/", shipping.add, name="add_shipping"),
    path("shipping/<int:method_id>/", shipping.change, name="change_shipping"),
    path("shipping/<int:method_id>/stop/", shipping.stop, name="stop_shipping"),
    path("<int:shop_id>/discounts/give/", shipping.give_discount, name="give_discount"),
    path("discounts/<int:discount_id>/end/", shipping.end_discount, name="end_discount"),
    path("join/<str:token>/", members.join, name="join"),
]
