"""Checks that the machine has what a local stack cannot install for itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

from console import Failure
from settings import ROOT

# The range that every pinned tool supports.
OLDEST_PYTHON = (3, 10)
FIRST_UNSUPPORTED_PYTHON = (3, 15)

INSTALL_RUST = "install or update Rust with https://rustup.rs (then: rustup update stable)"
INSTALL_C = "install a C compiler (Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc make; macOS: xcode-select --install)"
INSTALL_PYTHON = "install Python 3.10 to 3.14, or name one with PYTHON=python3.12 make …"
INSTALL_VENV = "install Python's venv module (Debian, Ubuntu: apt install python3-venv)"


def check() -> None:
    missing = [problem for problem in (_python(), _venv(), _rust(), _c_compiler()) if problem]
    if missing:
        raise Failure("this machine lacks:\n" + "\n".join(f"  - {problem}" for problem in missing))


def _python() -> str | None:
    if OLDEST_PYTHON <= sys.version_info[:2] < FIRST_UNSUPPORTED_PYTHON:
        return None
    return f"a supported Python (this one is {sys.version.split()[0]}): {INSTALL_PYTHON}"


def _venv() -> str | None:
    # Debian ships venv without ensurepip, and then fails half-way through making an environment.
    probe = subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True)
    return None if probe.returncode == 0 else f"Python's venv and ensurepip: {INSTALL_VENV}"


def _rust() -> str | None:
    wanted = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    if not shutil.which("cargo"):
        return f"cargo {wanted} or later: {INSTALL_RUST}"
    version = subprocess.run(["cargo", "--version"], capture_output=True, text=True, cwd=ROOT).stdout
    found = re.search(r"\d+\.\d+\.\d+", version)
    if found and _numbers(found[0]) >= _numbers(wanted):
        return None
    return f"cargo {wanted} or later (this one says: {version.strip() or 'nothing'}): {INSTALL_RUST}"


def _c_compiler() -> str | None:
    # For the cryptography below TLS and token signatures, which is C and assembler.
    return None if shutil.which("cc") else f"cc: {INSTALL_C}"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
