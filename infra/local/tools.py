"""Installs the pinned Python tools, each set in a virtual environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from console import Failure, step

HERE = Path(__file__).resolve().parent

NAMES = [path.stem.removeprefix("requirements-") for path in sorted(HERE.glob("requirements-*.txt"))]


def install(name: str, tools_dir: Path) -> Path:
    """Makes the environment of requirements-<name>.txt, unless it stands; gives its folder of programs."""
    requirements = HERE / f"requirements-{name}.txt"
    environment = tools_dir / name
    programs = environment / "bin"
    stamp = environment / "installed.txt"
    # The folder too: an environment that was moved does not work.
    wanted = f"{environment}\nPython {sys.version}\n{requirements.read_text()}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return programs

    with step(f"Installing {', '.join(_packages(requirements))} into {environment}"):
        # From nothing, since pip leaves behind what an earlier list of requirements brought in.
        shutil.rmtree(environment, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(environment)])
        _run([str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])
        stamp.write_text(wanted)
    return programs


def _packages(requirements: Path) -> list[str]:
    return [line for line in requirements.read_text().splitlines() if line and not line.startswith("#")]


def _run(command: list[str]) -> None:
    if subprocess.run(command).returncode != 0:
        raise Failure(f"failed: {' '.join(command)}")
