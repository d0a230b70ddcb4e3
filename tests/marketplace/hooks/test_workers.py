"""Several places of work, slow receivers, and the database beneath them."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection

from marketplace.hooks.models import Attempt, Endpoint
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job
from tests.factories.hooks import make_endpoint, pay, receiver
from tests.factories.outbox import drain
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_places_of_work_make_one_call_a_due_time(settings, now):
    shop = make_shop()
    with receiver() as there:
        settings.HOOKS_PERMITTED = [there.permit]
        make_endpoint(shop=shop, url=there.url, at=now)
        pay(shop, at=now)
        fan = Job.objects.get(kind="hooks.fan_out")
        outbox.run(job_id=fan.pk)
        # The same turn is asked for by eight jobs at once.
        endpoint_id = Endpoint.objects.get().pk
        jobs = [
            outbox.enqueue(
                kind="hooks.send",
                key=f"again:{n}",
                payload={"endpoint_id": endpoint_id},
                run_at=now,
            )
            for n in range(8)
        ]
        gate = threading.Barrier(len(jobs))

        def work(job):
            try:
                gate.wait()
                outbox.run(job_id=job.pk)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(there.heard) == 1
    assert json.loads(there.heard[0].body)["type"] == "order.paid"
    assert Attempt.objects.count() == 1


def test_no_transaction_is_open_while_a_receiver_is_called(settings, now):
    """A receiver that takes its time must hold no lock and no connection's transaction."""
    shop = make_shop()
    open_ones = []
    with receiver() as there:

        class Asked(dict):
            def items(self):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
                    )
                    open_ones.append(cursor.fetchone()[0])
                connection.close()
                return super().items()

        there.extra = Asked()
        settings.HOOKS_PERMITTED = [there.permit]
        make_endpoint(shop=shop, url=there.url, at=now)
        pay(shop, at=now)
        drain()
    assert open_ones == [0]
