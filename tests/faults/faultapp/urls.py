"""The product's pages, and one at which a program can buy."""

from django.urls import path

from ewtp.urls import urlpatterns as pages
from tests.faults.faultapp import work

urlpatterns = [path("fault/buy", work.buy), *pages]
