"""schemathesis over the whole schema: nothing breaks, and nothing is answered that is not said.

`make fuzz` runs the same with more examples; EWTP_FUZZ_EXAMPLES says how many an endpoint.
"""

from __future__ import annotations

import contextlib
import os

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from ewtp.wsgi import application
from marketplace.developers.ground import schema
from tests.factories.developers import make_market

EXAMPLES = int(os.environ.get("EWTP_FUZZ_EXAMPLES", "8"))
CHECKS = (
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.missing_required_header,
)
POOLS = {"catalogue": "listings", "cart": "lines", "money": "goods"}


@pytest.fixture
def market(db, settings):
    settings.API_TOKEN_A_MINUTE = settings.API_NETWORK_A_MINUTE = 1_000_000
    # As in Django's own test client: a request must not end the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield make_market()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def whole_schema(market):
    """The schema as the site serves it. Half of all ids and names are ones that exist."""
    loaded = schemathesis.openapi.from_wsgi("/api/v1/schema", _from_somewhere)

    @loaded.hook
    def map_path_parameters(context, path_parameters):
        return _known(context.operation.path, path_parameters, market)

    return loaded


def _from_somewhere(environ, start_response):
    return application({**environ, "REMOTE_ADDR": "203.0.113.7"}, start_response)


def _known(path, parameters, market):
    """Put things of the market in the place of even numbers, and its shop for short names."""
    room = path.split("/")[3]
    found = dict(parameters or {})
    for name, value in found.items():
        pool = market.ids.get("photos" if name == "photo_id" else POOLS.get(room, room), [1])
        if isinstance(value, int) and value % 2 == 0:
            found[name] = pool[value // 2 % len(pool)]
        elif isinstance(value, str) and len(value) < 3:
            found[name] = market.slugs["shop"]
    return found


def _cases(operation):
    """Right and wrong requests, and the corners of each parameter."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])


def _wrong_answers(operation, market):
    """Return what schemathesis says of one endpoint, and how many requests it sent."""
    sent, wrong = 0, []

    @hypothesis.seed(20261122)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=_cases(operation))
    def ask(case):
        nonlocal sent
        sent += 1
        before = transaction.savepoint()  # paying must find itself outside of any atomic block
        response = case.call(headers={"Authorization": f"Bearer {market.text}"})
        transaction.savepoint_rollback(before)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failures:
            said = "; ".join(str(one).splitlines()[0] for one in failures.exceptions)
            wrong.append(f"{said}: {case.as_curl_command()} → {response.content[:200]}")

    with contextlib.suppress(Unsatisfiable):  # nothing wrong can be sent where nothing is taken
        ask()
    return sent, wrong


def test_every_answer_is_documented_and_none_is_a_fault(whole_schema, market):
    sent, wrong, operations = 0, [], 0
    for found in whole_schema.get_all_operations():
        requests, said = _wrong_answers(found.ok(), market)
        sent, operations = sent + requests, operations + 1
        wrong += said
    print(f"{operations} operations, {sent} requests", *wrong, sep="\n")
    assert wrong == []
    assert operations == len(_operations())


def _operations():
    return [name for methods in schema.whole()["paths"].values() for name in methods]
