"""Trade over the API: what a shop sold, its money, and buying."""

from __future__ import annotations

from django.urls import path

from marketplace.orders.api import buying, money, sold

urlpatterns = [
    path("orders", sold.OrdersView.as_view(), name="orders"),
    path("orders/<int:id>", sold.OrderView.as_view(), name="order"),
    path("orders/<int:id>/ship", sold.ShipView.as_view(), name="ship"),
    path("orders/<int:id>/cancel", sold.CancelView.as_view(), name="cancel"),
    path("money", money.BooksView.as_view(), name="books"),
    path("money/<slug:shop>/payouts", money.PayoutsView.as_view(), name="payouts"),
    path("money/<slug:shop>/statement", money.StatementView.as_view(), name="statement"),
    path("cart", buying.CartView.as_view(), name="cart"),
    path("cart/lines", buying.LinesView.as_view(), name="cart_lines"),
    path("cart/lines/<int:id>", buying.LineView.as_view(), name="cart_line"),
    path("checkout", buying.CheckoutView.as_view(), name="checkout"),
    path("checkouts/<int:id>", buying.GroupView.as_view(), name="group"),
    path("checkouts/<int:id>/pay", buying.PayView.as_view(), name="pay"),
    path("purchases", buying.PurchasesView.as_view(), name="purchases"),
    path("purchases/<int:id>", buying.PurchaseView.as_view(), name="purchase"),
    path("purchases/<int:id>/confirm", buying.ConfirmView.as_view(), name="confirm"),
    path("purchases/<int:id>/cancel", buying.CallOffView.as_view(), name="call_off"),
]
