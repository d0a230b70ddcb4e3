"""The request and the job at work, carried into jobs and log lines."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
# (id, kind) while a job is at work in this thread.
job_at_work: ContextVar[tuple[int, str] | None] = ContextVar("job_at_work", default=None)
