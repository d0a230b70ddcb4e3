"""gunicorn with our worker: callers who keep their connections get their turns one after the other.

A small application of its own, so that only the worker is looked at. Counted, never timed.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tests.live import free_port, until

CALLERS, TURNS = 12, 12
CONFIG = """
from ewtp.web import OneLineWorker

worker_class = OneLineWorker
workers = 2
threads = 2
graceful_timeout = 3  # a process told to end as it begins does not hear it
control_socket_disable = True
"""
APPLICATION = """
import time


def application(environ, start_response):
    until = time.perf_counter() + 0.003
    while time.perf_counter() < until:
        pass
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


@contextmanager
def serving(folder):
    (folder / "one_line_config.py").write_text(CONFIG)
    (folder / "one_line_application.py").write_text(APPLICATION)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "one_line_application:application"]
    command += [f"--bind=127.0.0.1:{port}", f"--config={folder / 'one_line_config.py'}"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [*command, f"--pythonpath={folder}"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: answers(port), "gunicorn", 60)
        yield port
    finally:
        running.terminate()
        running.wait(timeout=20)


def answers(port):
    try:
        return call(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) == 200
    except OSError:
        return False


def call(caller):
    caller.request("GET", "/")
    answer = caller.getresponse()
    answer.read()
    return answer.status


def test_nobody_is_left_behind_by_callers_who_keep_their_connections(tmp_path):
    """Each asks again as soon as it is answered; when the first is done, all are well on."""
    done, together, counted = [0] * CALLERS, threading.Barrier(CALLERS), []

    def ask(number):
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        together.wait(20)
        for _ in range(TURNS):
            assert call(caller) == 200
            done[number] += 1
        counted.append(list(done))
        caller.close()

    with serving(tmp_path) as port:
        asking = [threading.Thread(target=ask, args=(number,)) for number in range(CALLERS)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)

    assert done == [TURNS] * CALLERS
    assert min(counted[0]) >= TURNS // 3, counted[0]


@pytest.mark.parametrize("idle", [1, 6])
def test_connections_that_say_nothing_keep_nobody_out_for_good(tmp_path, idle):
    with serving(tmp_path) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(idle)]
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        assert [call(caller) for _ in range(3)] == [200, 200, 200]
        for one in silent:
            one.close()


@pytest.mark.parametrize(("proxies", "kept_s"), [("0", 2), ("1", 130)])
def test_a_proxy_is_the_first_to_close_a_connection(proxies, kept_s):
    """nginx closes after 60 s without a request, Caddy after 120."""
    asked = [sys.executable, "-c", "from ewtp import web; print(web.keepalive)"]
    said = subprocess.run(
        asked, env={**os.environ, "EWTP_PROXIES": proxies}, capture_output=True, check=True
    )
    assert int(said.stdout) == kept_s
