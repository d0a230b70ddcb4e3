"""`python -m ewtp.embedded urls|stop|wipe [--profile P]`."""

from __future__ import annotations

import argparse
import os
import sys

from ewtp import embedded


def main() -> int:
    """Run one command; 0 when done, 1 with a sentence when not."""
    parser = argparse.ArgumentParser(prog="python -m ewtp.embedded", description=embedded.__doc__)
    parser.add_argument("command", choices=("urls", "stop", "wipe"))
    parser.add_argument("--profile", default=os.environ.get("EWTP_PROFILE", "demo"))
    chosen = parser.parse_args()
    try:
        if chosen.command == "urls":
            services = embedded.known(chosen.profile)
            sys.stdout.write(
                f"DATABASE_URL={services.database_url}\n"
                f"DATABASE_APP_URL={services.database_app_url}\n"
                f"REDIS_URL={services.redis_url}\n"
            )
        elif chosen.command == "stop":
            embedded.stop(chosen.profile)
        else:
            embedded.wipe(chosen.profile)
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
