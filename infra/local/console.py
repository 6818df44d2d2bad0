"""What the commands print: results on standard output; progress, a line as each step begins and
one as it ends, on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Iterator


class Failure(Exception):
    """Something that the reader of the message can put right. Shown without a stack trace."""


def say(text: str = "") -> None:
    print(text, flush=True)


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    note(f"==> {title}")
    started = time.monotonic()
    yield
    note(f"    done in {time.monotonic() - started:.1f} s")
