"""Goods over the API: the public catalogue, and a seller's own."""

from __future__ import annotations

from django.urls import path

from marketplace.listings.api import catalogue, goods

urlpatterns = [
    path("catalogue/listings", catalogue.ListingsView.as_view(), name="listings"),
    path("catalogue/listings/<int:id>", catalogue.ListingView.as_view(), name="listing"),
    path("catalogue/categories", catalogue.CategoriesView.as_view(), name="categories"),
    path("goods", goods.GoodsView.as_view(), name="goods"),
    path("goods/<int:id>", goods.OneGoodView.as_view(), name="good"),
    path("goods/<int:id>/variants", goods.VariantsView.as_view(), name="variants"),
    path("goods/<int:id>/photos", goods.PhotosView.as_view(), name="photos"),
    path("goods/<int:id>/photos/<int:photo_id>", goods.PhotoView.as_view(), name="photo"),
    path("goods/<int:id>/post", goods.PostView.as_view(), name="post_good"),
    path("goods/<int:id>/end", goods.EndView.as_view(), name="end_good"),
    path("stock", goods.StockView.as_view(), name="stock"),
]
