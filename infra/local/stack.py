#!/usr/bin/env python3
"""The whole service on one machine: the real template, deployed to an AWS emulator on 127.0.0.1.

examples:
  infra/local/stack.py start                          build, deploy, make demo clients, code three records
  . .local/env                                        then: $BASE_URL, $TOKEN_URL, $CLIENT_ID, $CLIENT_SECRET
  infra/local/stack.py status                         is it running, and where
  infra/local/stack.py stop                           leaves no process
  infra/local/stack.py test -- cargo test --workspace --all-features
                                                      a stack of its own for one command, which finds the
                                                      same variables in its environment
  infra/local/stack.py client -- create --tier public --name "Survey team"
                                                      makes a client where the environment's variables point
  infra/local/stack.py install sam                    only the pinned tools of that name
  PORT=4600 LOCAL_DIR=.local/second infra/local/stack.py start
                                                      a second stack beside the first

environment variables (the options of the same names come first):
  PORT              4566, for `test` 4577
  LOCAL_DIR         .local, for `test` .local/test: logs, credentials, the emulator's files
  TOOLS_DIR         .local/tools: the pinned SAM CLI, linters and emulator
  CARGO_TARGET_DIR  as for cargo
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

import artefacts
import demo
import prerequisites
import tools
from console import Failure, note, say
from deployment import Deployment, record_file
from emulator import Emulator
from settings import ROOT, Settings


def main() -> int:
    arguments = _arguments()
    settings = Settings(
        port=arguments.port,
        local_dir=(ROOT / arguments.local_dir).resolve(),
        tools_dir=(ROOT / arguments.tools_dir).resolve(),
    )
    # A cancelled job is to be cleaned up after just as Ctrl-C is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return arguments.command(settings, arguments)
    except Failure as failure:
        note(f"\nerror: {failure}")
        return 1
    except KeyboardInterrupt:
        note("\ninterrupted")
        return 130


def start(settings: Settings, _arguments: argparse.Namespace) -> int:
    demo.show(settings, _bring_up(settings))
    say()
    say("`make run` again after a change redeploys what changed; `make stop` stops everything.")
    return 0


def stop(settings: Settings, _arguments: argparse.Namespace) -> int:
    stopped = _take_down(settings)
    say("stopped" if stopped else "nothing was running")
    return 0


def status(settings: Settings, _arguments: argparse.Namespace) -> int:
    pid = Emulator(settings).pid()
    if pid is None:
        say("not running; start with: make run")
        return 1
    say(f"emulator     {settings.endpoint} (process {pid})")
    say(f"log          {settings.emulator_log}")
    say(f"environment  {settings.env_file if settings.env_file.is_file() else 'not written yet'}")
    return 0


def test(settings: Settings, arguments: argparse.Namespace) -> int:
    """Always a fresh stack, and never one left behind."""
    _take_down(settings)
    try:
        variables = _bring_up(settings, for_tests=True)
        note(f"==> {' '.join(arguments.run)}")
        return subprocess.run(arguments.run, cwd=ROOT, env={**settings.child_environment(), **variables}).returncode
    finally:
        _take_down(settings)


def client(_settings: Settings, arguments: argparse.Namespace) -> int:
    prerequisites.check()
    return subprocess.run([artefacts.build() / "make-client", *arguments.run], cwd=ROOT).returncode


def install(settings: Settings, arguments: argparse.Namespace) -> int:
    prerequisites.check()
    for name in arguments.names:
        tools.install(name, settings.tools_dir)
    return 0


def _bring_up(settings: Settings, *, for_tests: bool = False) -> dict[str, str]:
    prerequisites.check()
    sam_programs = tools.install("sam", settings.tools_dir)
    emulator_programs = tools.install("emulator", settings.tools_dir)
    binaries = artefacts.build(for_tests=for_tests)
    artefacts.stage(binaries)

    settings.local_dir.mkdir(parents=True, exist_ok=True)
    emulator = Emulator(settings)
    was_running = emulator.pid() is not None and emulator.is_healthy()
    try:
        if not was_running:
            # Also ends one that no longer answers.
            _take_down(settings)
            emulator.start(emulator_programs)
        outputs = Deployment(settings, sam_programs, emulator_programs).bring_up_to_date()
        variables = demo.environment(settings, outputs, binaries / "make-client")
    except BaseException:
        # Half a stack is of no use to anyone; one that stood before this is.
        if not was_running:
            _take_down(settings)
        raise
    demo.write_environment(settings, variables)
    return variables


def _take_down(settings: Settings) -> bool:
    # The emulator keeps its state in memory: what is known of it goes with it.
    for leftover in (record_file(settings), demo.clients_file(settings), settings.env_file):
        leftover.unlink(missing_ok=True)
    return Emulator(settings).stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (start, stop, status, test, client, install):
        is_test = command is test
        sub = commands.add_parser(command.__name__)
        sub.set_defaults(command=command)
        sub.add_argument("--port", type=int, default=os.environ.get("PORT", "4577" if is_test else "4566"))
        sub.add_argument("--local-dir", default=os.environ.get("LOCAL_DIR", ".local/test" if is_test else ".local"))
        sub.add_argument("--tools-dir", default=os.environ.get("TOOLS_DIR", ".local/tools"))
        if command in (test, client):
            sub.add_argument("run", nargs="+", metavar="ARGUMENT", help="what to run, after --")
        if command is install:
            sub.add_argument("names", nargs="+", choices=tools.NAMES)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
