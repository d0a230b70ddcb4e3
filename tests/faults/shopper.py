"""Buys over HTTP without rest and says which purchases the site has acknowledged.

`python -m tests.faults.shopper NAME PER_SECOND ADDRESS BUYER VARIANT` prints `key asked_at` for
each, in seconds since 1970; what got no answer is asked for again under its key. Ends on SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

import requests

PATIENCE_SECONDS = 5.0


def main(name: str, per_second: float, address: str, buyer: str, variant: str) -> None:
    """Buy until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    number = 0
    while not stop.is_set():
        order = {"key": f"shop:{name}:{number}", "buyer": buyer, "variant": variant}
        asked_at = time.time()
        try:
            answer = requests.post(address, data=order, timeout=PATIENCE_SECONDS)
        except requests.RequestException:
            time.sleep(0.05)
            continue
        if answer.status_code != 200:
            print(f"refused {answer.status_code}", flush=True)
            time.sleep(0.05)
            continue
        print(f"{order['key']} {asked_at:.3f}", flush=True)
        number += 1
        stop.wait(1 / per_second)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:])
