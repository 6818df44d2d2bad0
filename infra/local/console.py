"""What the commands print: one line as a step begins, one as it ends."""

from __future__ import annotations

import contextlib
import time
from typing import Iterator


class Failure(Exception):
    """Something that the reader of the message can put right. Shown without a stack trace."""


def say(text: str = "") -> None:
    print(text, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    say(f"==> {title}")
    started = time.monotonic()
    yield
    say(f"    done in {time.monotonic() - started:.1f} s")
