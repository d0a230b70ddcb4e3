"""Cleans the files of a folder as a web process would; prints the memory before and at most."""

import contextlib
import os
import sys
from pathlib import Path


def kib(word):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(word))


def main(folder):
    os.environ["DJANGO_SETTINGS_MODULE"] = "ewtp.settings_test"
    for name in ("DATABASE_URL", "DATABASE_APP_URL"):
        os.environ[name] = "postgresql://nobody@127.0.0.1:9/none"
    os.environ["REDIS_URL"] = "redis://127.0.0.1:9/0"
    sys.path.insert(0, str(Path(__file__).parents[3]))

    import django

    django.setup()

    from marketplace.errors import BadInput
    from marketplace.listings.services import pictures

    before = kib("VmRSS:")
    for path in sorted(Path(folder).iterdir()):
        with contextlib.suppress(BadInput):
            pictures.clean(data=path.read_bytes())
    print(before, kib("VmHWM:"))


if __name__ == "__main__":
    main(sys.argv[1])
