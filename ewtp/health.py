"""/healthz says the process lives; /readyz says it can do its work."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from marketplace.outbox import queries as outbox_queries

# reliability reference, section 6: a job due longer ago than this means nobody works.
OLDEST_DUE_JOB_SECONDS = 30


def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process can answer at all."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and is migrated; late jobs are `degraded`, not red."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        oldest = outbox_queries.oldest_due_seconds(at=timezone.now())
    except DatabaseError as error:
        return JsonResponse({"ready": False, "database": type(error).__name__}, status=503)
    body = {
        "ready": pending == 0,
        "migrations_pending": pending,
        "oldest_due_job_seconds": oldest,
        "degraded": oldest > OLDEST_DUE_JOB_SECONDS,
    }
    return JsonResponse(body, status=200 if body["ready"] else 503)
