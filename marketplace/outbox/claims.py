"""The life of a lease: claim, renew, finish, fail. One statement each, all by the database's clock.

Every statement after the claim is fenced by its token: when somebody else has claimed the job
since, it changes no row and the caller's work must not be committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from marketplace.outbox import rules

_CLAIM = """
    UPDATE outbox_job
       SET state = 'leased', token = token + 1, attempts = attempts + 1,
           lease_until = clock_timestamp() + %(lease_seconds)s * interval '1 second'
     WHERE id = %(job_id)s AND attempts < %(max_attempts)s
       AND ((state = 'pending' AND run_at <= clock_timestamp())
            OR (state = 'leased' AND lease_until <= clock_timestamp()))
 RETURNING token, attempts, clock_timestamp()
"""
_RENEW = """
    UPDATE outbox_job
       SET lease_until = clock_timestamp() + %(lease_seconds)s * interval '1 second'
     WHERE id = %(job_id)s AND token = %(token)s AND state = 'leased'
"""
_FINISH = """
    UPDATE outbox_job
       SET state = 'done', done_at = clock_timestamp(), lease_until = NULL, last_error = ''
     WHERE id = %(job_id)s AND token = %(token)s AND state = 'leased'
"""
_FAIL = """
    UPDATE outbox_job
       SET state = CASE WHEN attempts >= %(max_attempts)s THEN 'dead' ELSE 'pending' END,
           run_at = clock_timestamp() + %(delay_seconds)s * interval '1 second',
           lease_until = NULL, last_error = %(error)s
     WHERE id = %(job_id)s AND token = %(token)s AND state = 'leased'
 RETURNING state
"""
_BURY = """
    UPDATE outbox_job
       SET state = 'dead', lease_until = NULL,
           last_error = CASE last_error WHEN '' THEN %(error)s ELSE last_error END
     WHERE id IN (SELECT id FROM outbox_job
                   WHERE state = 'leased' AND lease_until <= %(at)s
                     AND attempts >= %(max_attempts)s
                   ORDER BY id FOR UPDATE SKIP LOCKED)
 RETURNING id
"""
_KILLED = "LeaseLost: the process ended while it worked on this job"


class LeaseLost(Exception):
    """Somebody else has claimed the job since: what was done for it must be rolled back."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a job until it is claimed again; `claimed_at` by the database."""

    job_id: int
    token: int
    attempts: int
    claimed_at: datetime
    lease_seconds: int

    def renew(self) -> None:
        """Prolong the lease by one term from now. Raises LeaseLost."""
        if not _changed(_RENEW, self._facts()):
            raise LeaseLost(f"job {self.job_id} was claimed by somebody else")

    def finish(self) -> None:
        """Mark the job done; to be called in the transaction of its effects. Raises LeaseLost."""
        if not _changed(_FINISH, self._facts()):
            raise LeaseLost(f"job {self.job_id} was claimed by somebody else")

    def fail(self, error: str) -> str | None:
        """Note a failure; return the new state, or None when the job is somebody else's by now."""
        facts = self._facts() | {
            "error": error,
            "max_attempts": rules.MAX_ATTEMPTS,
            "delay_seconds": rules.retry_delay(self.attempts).total_seconds(),
        }
        rows = _rows(_FAIL, facts)
        return str(rows[0][0]) if rows else None

    def _facts(self) -> dict[str, Any]:
        return {
            "job_id": self.job_id,
            "token": self.token,
            "lease_seconds": self.lease_seconds,
        }


def claim(*, job_id: int, lease_seconds: int) -> Lease | None:
    """Take a due or abandoned job; None when it is not to be had."""
    facts = {
        "job_id": job_id,
        "lease_seconds": lease_seconds,
        "max_attempts": rules.MAX_ATTEMPTS,
    }
    rows = _rows(_CLAIM, facts)
    if not rows:
        return None
    token, attempts, claimed_at = rows[0]
    return Lease(job_id, token, attempts, claimed_at, lease_seconds)


def bury(*, at: datetime) -> list[int]:
    """Mark jobs dead whose last attempt never came back; return their ids."""
    facts = {"at": at, "max_attempts": rules.MAX_ATTEMPTS, "error": _KILLED}
    return [row[0] for row in _rows(_BURY, facts)]


def _rows(statement: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return list(cursor.fetchall())


def _changed(statement: str, facts: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return bool(cursor.rowcount)
