"""`manage.py demo` refuses what would show public log-ins to others."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "market.example.org", "::"])
def test_the_demo_runs_on_loopback_only(host):
    with pytest.raises(CommandError, match="loopback"):
        call_command("demo", host=host)


def test_the_demo_refuses_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="EWTP_PRODUCTION"):
        call_command("demo")
