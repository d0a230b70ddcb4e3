from django.urls import path, re_path

from marketplace.listings import views
from marketplace.listings.importing import views as imports

app_name = "listings"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("new/", views.new, name="new"),
    path("autosave/", views.autosave_new, name="autosave_new"),
    path("<int:listing_id>/", views.edit, name="edit"),
    path("<int:listing_id>/autosave/", views.autosave, name="autosave"),
    path("<int:listing_id>/versions/", views.versions, name="versions"),
    path("<int:listing_id>/ranking/", views.ranking, name="ranking"),
    path("<int:listing_id>/stock/", views.stock, name="stock"),
    path("<int:listing_id>/end/", views.end, name="end"),
    path("import/", imports.imports, name="imports"),
    path("import/template.<str:kind>", imports.template, name="import_template"),
    path("import/<int:import_id>/", imports.show, name="import"),
    path("import/<int:import_id>/progress/", imports.progress, name="import_progress"),
    path("import/<int:import_id>/columns/", imports.choose, name="import_columns"),
    path("import/<int:import_id>/run/", imports.run, name="import_run"),
    path("import/<int:import_id>/stop/", imports.stop, name="import_stop"),
    path("import/<int:import_id>/undo/", imports.undo, name="import_undo"),
    path("import/<int:import_id>/fix.<str:kind>", imports.fix, name="import_fix"),
    path("shop/<int:shop_id>/goods.<str:kind>", imports.export, name="export"),
    path("shop/<int:shop_id>/counts/", views.counts, name="counts"),
    re_path(
        r"^photos/(?P<name>[0-9a-f]{32})-(?P<size>large|thumb)\.webp$", views.photo, name="photo"
    ),
]
