"""Where a local stack lives, and the environment that its commands run in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"

REGION = "ap-southeast-2"
STACK_NAME = "occupation-coding"


@dataclass(frozen=True)
class Settings:
    port: int
    local_dir: Path
    tools_dir: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env_file(self) -> Path:
        return self.local_dir / "env"

    @property
    def emulator_log(self) -> Path:
        return self.local_dir / "emulator.log"

    def aws_environment(self) -> dict[str, str]:
        """What points an AWS SDK at the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def child_environment(self) -> dict[str, str]:
        """The caller's environment, less its own AWS account and proxies."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **environment,
            **self.aws_environment(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "SAM_CLI_TELEMETRY": "0",
        }
