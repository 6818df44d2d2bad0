"""Builds what the template deploys, and lays it out where the template looks for it.

    target/lambda/<function>/bootstrap    the binaries
    target/layer/model/                   the model layer, a folder that unpacks to /opt/model
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from console import Failure, step
from settings import ROOT

MODEL_DIR = ROOT / "models" / "layer"
STAGED_FUNCTIONS = ROOT / "target" / "lambda"
STAGED_LAYER = ROOT / "target" / "layer"


def build(*, for_tests: bool = False) -> Path:
    """Builds the functions and make-client; gives the folder of the binaries.

    In one run of cargo, and for tests in one with the tests: cargo chooses the features of shared
    crates by what it builds together, and would otherwise compile the AWS SDK once for each choice.
    """
    if for_tests:
        selection = ["--workspace", "--all-features", "--bins", "--tests"]
    else:
        packages = [argument for function in functions() for argument in ("-p", function)]
        selection = [*packages, "-p", "store", "--features", "store/make-client", "--bins"]
    with step("Building (from nothing this takes ten minutes or more on two cores)"):
        if subprocess.run(["cargo", "build", *selection], cwd=ROOT).returncode != 0:
            raise Failure("the build failed; its messages are above")
    return _target_dir() / "debug"


def stage(binaries: Path) -> None:
    with step("Laying out the functions and the model layer under target/"):
        for function in functions():
            _stage_function(binaries / function, STAGED_FUNCTIONS / function / "bootstrap")
        shutil.rmtree(STAGED_LAYER, ignore_errors=True)
        shutil.copytree(MODEL_DIR, STAGED_LAYER / "model")


def functions() -> list[str]:
    return sorted(manifest.parent.name for manifest in (ROOT / "functions").glob("*/Cargo.toml"))


def _stage_function(binary: Path, bootstrap: Path) -> None:
    built = binary.stat().st_mtime_ns
    if bootstrap.is_file() and bootstrap.stat().st_mtime_ns == built:
        return
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(binary, bootstrap)
    # A third of the size, so quicker to upload. Where there is no strip, nothing is lost but time.
    if shutil.which("strip"):
        subprocess.run(["strip", str(bootstrap)], check=True)
    os.utime(bootstrap, ns=(built, built))


def _target_dir() -> Path:
    """Cargo's own answer, as CARGO_TARGET_DIR and the user's configuration both bear on it."""
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"],
        cwd=ROOT, capture_output=True, text=True,
    )
    if metadata.returncode != 0:
        raise Failure(f"cargo cannot read the workspace: {metadata.stderr.strip()}")
    return Path(json.loads(metadata.stdout)["target_directory"])
