"""Every URL of the site, room by room."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from ewtp import health

# Staff log in by the same door as everybody: there, attempts are counted and slowed.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("me/", include("marketplace.accounts.urls")),
    path("inbox/", include("marketplace.inbox.urls")),
    path("reasons/", include("marketplace.reasons.urls")),
    path("shops/", include("marketplace.shops.urls")),
    path("sell/", include("marketplace.listings.urls")),
    path("", include("marketplace.orders.urls")),
    path("", include("marketplace.care.urls")),
    path("", include("marketplace.talk.urls")),
    path("quotes/", include("marketplace.quotes.urls")),
    path("api/v1/", include("ewtp.api_urls")),
    path("developers/", include("marketplace.developers.urls")),
    path("developers/webhooks/", include("marketplace.hooks.urls")),
    path("trust/", include("marketplace.trust.urls")),
    path("credit/", include("credit.scoring.urls")),
    path("loans/", include("credit.loans.urls")),
    path("decisions/", include("antifake.cases.urls")),
    path("inspections/", include("antifake.inspections.urls")),
    path("reports/", include("antifake.reports.urls")),
    path("rights/", include("antifake.notices.urls")),
    path("transparency/", include("antifake.transparency.urls")),
    path("", include("marketplace.storefront.urls")),
]
