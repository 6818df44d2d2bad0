"""Deploys the template to the emulator with the SAM CLI, when anything that is deployed has changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from artefacts import MODEL_DIR, STAGED_FUNCTIONS, STAGED_LAYER
from console import Failure, note, step
from settings import INFRA, STACK_NAME, Settings

TEMPLATE = INFRA / "template.yaml"
SAM_CONFIG = INFRA / "samconfig.toml"
COMPLETE_STACK = INFRA / "local" / "complete_stack.py"

LINES_OF_LOG_TO_SHOW = 30

# Small, so that files of a few thousand lines are of several chunks; short, so that the work of a
# worker that was killed is soon begun again; and no more workers than a small machine carries.
BULK_PARAMETERS = {
    "ChunkBytes": "262144",
    "ChunksAtOnce": "4",
    "ChunkConcurrency": "4",
    "InflatedLimitBytes": "67108864",
    "ChunkRetrySeconds": "20",
    "FileRetrySeconds": "30",
}


class Deployment:
    """What stands in the running emulator; remembered beside it, and forgotten when it stops."""

    def __init__(self, settings: Settings, sam_programs: Path, emulator_programs: Path):
        self.settings = settings
        self.sam = sam_programs / "sam"
        self.python = emulator_programs / "python"
        self.record = record_file(settings)

    def bring_up_to_date(self) -> dict[str, str]:
        """Gives the stack's outputs."""
        parameters = {
            "ModelDir": str(MODEL_DIR),
            "JwksBaseUrl": self.settings.endpoint,
            "MailFrom": "coding@service.example",
            **BULK_PARAMETERS,
        }
        fingerprint = _fingerprint(parameters)
        if self.record.is_file():
            earlier = json.loads(self.record.read_text())
            if earlier["fingerprint"] == fingerprint:
                note("==> Nothing that is deployed has changed")
                return earlier["outputs"]
            # From here until the end nothing is known for certain.
            self.record.unlink()

        with step("Deploying infra/template.yaml to the emulator"):
            self._run("deploy", [
                str(self.sam), "deploy",
                "--template-file", str(TEMPLATE),
                "--config-file", str(SAM_CONFIG),
                "--config-env", "local",
                "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
            ])
        with step("Completing the stack where the emulator passes over parts of its definition"):
            outputs = json.loads(self._run("complete", [str(self.python), str(COMPLETE_STACK), STACK_NAME]))
        self.record.write_text(json.dumps({"fingerprint": fingerprint, "outputs": outputs}))
        return outputs

    def _run(self, name: str, command: list[str]) -> str:
        finished = subprocess.run(
            command, cwd=INFRA, env=self.settings.child_environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )
        log = self.settings.local_dir / f"{name}.log"
        log.write_text(finished.stdout + finished.stderr)
        if finished.returncode != 0:
            end = "\n".join(log.read_text().splitlines()[-LINES_OF_LOG_TO_SHOW:])
            raise Failure(f"{end}\n{Path(command[0]).name} failed; the whole log is {log}")
        return finished.stdout


def record_file(settings: Settings) -> Path:
    return settings.local_dir / "deployed.json"


def _fingerprint(parameters: dict[str, str]) -> str:
    """Of everything that a deployment puts into the emulator."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    folders = (STAGED_FUNCTIONS, STAGED_LAYER)
    staged = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    for path in (TEMPLATE, SAM_CONFIG, COMPLETE_STACK, *staged):
        digest.update(str(path).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
