"""The id of the request (or job) at work, carried into jobs and log lines."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
