from django.urls import path

from marketplace.orders.views import bought, buying, desk, guests, receipts, trading, webhook

app_name = "orders"
urlpatterns = [
    path("cart/", buying.cart, name="cart"),
    path("cart/add/", buying.add, name="add"),
    path("cart/lines/<int:line_id>/", buying.quantity, name="quantity"),
    path("checkout/", buying.checkout, name="checkout"),
    path("checkout/guest/", guests.checkout, name="guest_checkout"),
    path("checkout/guest/link/", guests.renew, name="guest_renew"),
    path("checkout/<int:group_id>/", buying.group, name="group"),
    path("checkout/<int:group_id>/pay/", buying.pay, name="pay"),
    path("orders/", buying.mine, name="mine"),
    path("orders/<int:order_id>/", trading.detail, name="detail"),
    path("orders/<int:order_id>/ship/", trading.ship, name="ship"),
    path("orders/<int:order_id>/confirm/", trading.confirm, name="confirm"),
    path("orders/<int:order_id>/cancel/", trading.cancel, name="cancel"),
    path("orders/<int:order_id>/extend/", trading.extend, name="extend"),
    path("orders/<int:order_id>/call-off/", trading.call_off_lines, name="call_off_lines"),
    path("orders/<int:order_id>/give-back/", trading.give_back, name="give_back"),
    path("checkout/<int:group_id>/receipt/", receipts.group_receipt, name="group_receipt"),
    path("orders/<int:order_id>/receipt/", receipts.receipt, name="receipt"),
    path("orders/lines/<int:line_id>/as-bought/", bought.as_bought, name="as_bought"),
    path("desk/orders/", desk.desk, name="desk"),
    path("desk/money/", desk.money, name="money"),
    path("desk/<int:shop_id>/figures/", desk.figures, name="figures"),
    path("desk/<int:shop_id>/sales/", desk.sales, name="sales"),
    path("desk/<int:shop_id>/statement/<int:year>/<int:month>/", desk.statement, name="statement"),
    path("payments/events/", webhook.receive, name="webhook"),
    path("parcels/events/", webhook.receive_scan, name="carrier_webhook"),
]
