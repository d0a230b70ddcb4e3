"""/healthz says the process lives; /readyz says it can do its work."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from ewtp import grants
from marketplace.outbox import queries as outbox_queries

# A job that is due longer than this means that nobody works: a sweeper looks twice a second.
OLDEST_DUE_JOB_SECONDS = 30


def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process can answer at all."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and is migrated; late jobs are `degraded`, not red.

    Production is red as well while it logs in as a role that could rewrite history.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        oldest = outbox_queries.oldest_due_seconds(at=timezone.now())
        owner = settings.PRODUCTION and grants.owns_tables()
    except DatabaseError as error:
        return JsonResponse({"ready": False, "database": type(error).__name__}, status=503)
    body = {
        "ready": pending == 0 and not owner,
        "migrations_pending": pending,
        "oldest_due_job_seconds": oldest,
        "degraded": oldest > OLDEST_DUE_JOB_SECONDS,
        "owns_tables": owner,
    }
    return JsonResponse(body, status=200 if body["ready"] else 503)
