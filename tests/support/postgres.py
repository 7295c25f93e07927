"""A PostgreSQL of its own for the length of one command: ``python -m tests.support.postgres -- pytest tests/store``.

Needs the server's programs (Debian: package ``postgresql``), no running server and no rights beyond a
temporary folder. The command finds the address in ``SPEECHQC_TEST_POSTGRES_URL``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "SPEECHQC_TEST_POSTGRES_URL"
INSTALLED = Path("/usr/lib/postgresql")


def server_program(name: str) -> str | None:
    """The path of one of the server's programs, newest version first."""
    versions = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server on a socket in a temporary folder; its address."""
    initdb, pg_ctl = server_program("initdb"), server_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        raise SystemExit("no PostgreSQL server is installed here: install the package postgresql")
    with tempfile.TemporaryDirectory(prefix="speechqc-pg-") as folder:
        # The server refuses to run as root.
        owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if owner:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        _run([*owner, initdb, "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"])
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run([*owner, pg_ctl, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            _run([*owner, pg_ctl, "-D", data, "-m", "fast", "-w", "stop"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise SystemExit("usage: python -m tests.support.postgres -- COMMAND…")
    with running_postgres() as url:
        return subprocess.run(command, env={**os.environ, VARIABLE: url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
