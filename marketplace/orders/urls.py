from django.urls import path

from marketplace.orders.views import buying, trading, webhook

app_name = "orders"
urlpatterns = [
    path("cart/", buying.cart, name="cart"),
    path("cart/add/", buying.add, name="add"),
    path("cart/lines/<int:line_id>/", buying.quantity, name="quantity"),
    path("checkout/", buying.checkout, name="checkout"),
    path("checkout/<int:group_id>/", buying.group, name="group"),
    path("checkout/<int:group_id>/pay/", buying.pay, name="pay"),
    path("orders/", buying.mine, name="mine"),
    path("orders/<int:order_id>/", trading.detail, name="detail"),
    path("orders/<int:order_id>/ship/", trading.ship, name="ship"),
    path("orders/<int:order_id>/confirm/", trading.confirm, name="confirm"),
    path("orders/<int:order_id>/cancel/", trading.cancel, name="cancel"),
    path("desk/orders/", trading.desk, name="desk"),
    path("desk/money/", trading.money, name="money"),
    path("desk/<int:shop_id>/figures/", trading.figures, name="figures"),
    path("payments/events/", webhook.receive, name="webhook"),
]
