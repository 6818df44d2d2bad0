"""The AWS emulator, as a background process of its own process group on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from console import Failure, step
from settings import REGION, Settings

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
HEALTH_TIMEOUT_S = 5


class Emulator:
    def __init__(self, settings: Settings):
        self.settings = settings
        self.pid_file = settings.local_dir / "emulator.pid"

    def pid(self) -> int | None:
        """The running emulator's process id. A file left by one that has died, or whose number has
        since gone to another program, counts for nothing."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        listed = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True).stdout
        # Z: ended, and only not yet waited for.
        return pid if "ministack" in listed and not listed.startswith("Z") else None

    def is_healthy(self) -> bool:
        # No proxy: the address is this machine's own.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.settings.endpoint}/_ministack/health", timeout=HEALTH_TIMEOUT_S) as answer:
                return answer.status == 200
        except OSError:
            return False

    def start(self, programs: Path) -> None:
        settings = self.settings
        with step(f"Starting the emulator on {settings.endpoint}"):
            self._require_free_port()
            scratch = settings.local_dir / "tmp"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            environment = {
                **settings.child_environment(),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(settings.port),
                "MINISTACK_HOST": "localhost",
                "MINISTACK_REGION": REGION,
                "SFTP_ENABLED": "0",
                "IOT_MTLS_ENABLED": "0",
                # Everything it writes stays in the stack's folder, and a new start begins empty.
                "TMPDIR": str(scratch),
                "PERSIST_STATE": "0",
                # AWS's own; the emulator's default is a machine's memory shared out, which tests that
                # call at once from many clients would run into.
                "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
                # A burst of callers leaves one idle process of a function for each; let them go soon.
                "LAMBDA_WARM_TTL_SECONDS": "20",
            }
            with settings.emulator_log.open("w") as log:
                process = subprocess.Popen(
                    [str(programs / "ministack")], env=environment, cwd=settings.local_dir,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    # Ctrl-C in the terminal must not reach it, and stop() ends its whole group.
                    start_new_session=True,
                )
            self.pid_file.write_text(str(process.pid))
            self._wait_until_healthy(process)

    def stop(self) -> bool:
        """Ends the emulator and the functions it runs; False if there was nothing to end."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            self._wait_until_gone()
            # Functions still at work, and an emulator that no longer listens to signals.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            self._wait_until_gone()
        self.pid_file.unlink(missing_ok=True)
        shutil.rmtree(self.settings.local_dir / "tmp", ignore_errors=True)
        return pid is not None

    def _wait_until_gone(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.1)

    def _wait_until_healthy(self, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.is_healthy():
                return
            if process.poll() is not None:
                break
            time.sleep(0.2)
        raise Failure(f"the emulator did not start; see {self.settings.emulator_log}")

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.settings.port)) != 0:
                return
        raise Failure(
            f"port {self.settings.port} is taken{_holder(self.settings.port)}.\n"
            "Stop that program (another local stack: `make stop` in its folder), or choose a port: PORT=4600 make run"
        )


def _holder(port: int) -> str:
    """Who listens on the port, where lsof is there to tell."""
    if not shutil.which("lsof"):
        return ""
    lines = subprocess.run(
        ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"], capture_output=True, text=True,
    ).stdout.split()
    fields = {line[0]: line[1:] for line in lines}
    return f" by {fields['c']} (process {fields['p']})" if {"c", "p"} <= fields.keys() else ""
