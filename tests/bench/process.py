#!/usr/bin/env python3
"""Start and memory of the `code-records` process, as Lambda would see them.

Plays Lambda's runtime API and a DynamoDB that admits everything on 127.0.0.1, starts the real
binary against them several times, and prints medians: the time from the start of the process until
it asks for its first event, until the first answer (which loads the model), of later answers, and
the memory it then holds.

usage: tests/bench/process.py BINARY MODEL_DIR [RUNS]
example: tests/bench/process.py target/release/code-records models/layer 11
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WARM_CALLS = 50
# Just any state that an admitted request could leave behind.
ADMITTED = {
    name: {"N": "0"}
    for name in (
        "busy_until_us", "hour_start", "hour_calls", "hour_before", "day_start", "day_calls", "day_before",
    )
}


class Lambda(ThreadingHTTPServer):
    """The runtime API for one process: hands out events and takes down when they were answered."""

    daemon_threads = True

    def __init__(self, events: list[bytes]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events = events
        self.asked: list[float] = []
        self.answered: list[float] = []
        self.statuses: list[int] = []
        self.done = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Lambda
    protocol_version = "HTTP/1.1"
    # Otherwise the kernel holds back the second small packet of an answer for 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.asked.append(time.perf_counter())
        turn = len(self.server.asked) - 1
        if turn >= len(self.server.events):
            self.server.done.set()
            time.sleep(60)  # the process is ended meanwhile
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(turn),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:ap-southeast-2:0:function:code",
        }
        self.answer(200, self.server.events[turn], headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "X-Amz-Target" in self.headers:
            update = self.headers["X-Amz-Target"].endswith("UpdateItem")
            self.answer(200, json.dumps({"Attributes": ADMITTED} if update else {}).encode(), {})
            return
        self.server.answered.append(time.perf_counter())
        self.server.statuses.append(json.loads(body).get("statusCode", 0))
        self.answer(202, b"", {})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def event(topic: str) -> bytes:
    body = {"record": {"occp_text": "brickie", "tasks_text": "lay bricks on building sites"}}
    return json.dumps({
        "resource": "/v1/topics/{topic}/code",
        "path": f"/v1/topics/{topic}/code",
        "httpMethod": "POST",
        "headers": {},
        "multiValueHeaders": {},
        "pathParameters": {"topic": topic},
        "requestContext": {
            "requestId": "bench",
            "resourcePath": "/v1/topics/{topic}/code",
            "httpMethod": "POST",
            "authorizer": {
                "clientId": "bench", "tier": "partner",
                "perSecond": "1000000", "burst": "1000000", "perDay": "1000000000",
                "operations": "0", "recordsPerDay": "0",
            },
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }).encode()


def run(binary: str, model_dir: str) -> dict[str, float]:
    # One topic's model, then the other's, then both in turn.
    events = [event("osca"), event("anzsco")] + [event("osca"), event("anzsco")] * (WARM_CALLS // 2)
    runtime = Lambda(events)
    threading.Thread(target=runtime.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "AWS_LAMBDA_RUNTIME_API": runtime.address,
        "AWS_LAMBDA_FUNCTION_NAME": "code-records",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_LEVEL": "ERROR",
        "AWS_ENDPOINT_URL": f"http://{runtime.address}",
        "AWS_REGION": "ap-southeast-2",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "MODEL_DIR": model_dir,
        "QUOTAS_TABLE": "quotas",
    }
    started = time.perf_counter()
    process = subprocess.Popen([binary], env=environment)
    try:
        if not runtime.done.wait(60):
            raise SystemExit(f"{binary} did not answer {len(events)} events within 60 s")
        if set(runtime.statuses) != {200}:
            raise SystemExit(f"{binary} answered with the statuses {sorted(set(runtime.statuses))}")
        memory_kib = resident(process.pid)
    finally:
        process.kill()
        process.wait()
        runtime.shutdown()
    answers = [(done - asked) * 1000 for asked, done in zip(runtime.asked, runtime.answered)]
    return {
        "start to ready (ms)": (runtime.asked[0] - started) * 1000,
        "start to first answer (ms)": (runtime.answered[0] - started) * 1000,
        "first answer of the second topic (ms)": answers[1],
        "later answers, store and HTTP included (ms)": statistics.median(answers[2:]),
        "resident memory, both models (MiB)": memory_kib / 1024,
    }


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise SystemExit("the kernel does not tell the process's memory")


def main() -> None:
    if len(sys.argv) not in (3, 4) or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    binary, model_dir = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) == 4 else 11
    run(binary, model_dir)  # fills the file cache
    results = [run(binary, model_dir) for _ in range(runs)]
    print(f"\ncode-records as a process, {runs} runs")
    print(f"{'':46}{'min':>9}{'median':>9}{'max':>9}")
    for name in results[0]:
        values = [result[name] for result in results]
        print(f"{name:46}{min(values):9.2f}{statistics.median(values):9.2f}{max(values):9.2f}")


if __name__ == "__main__":
    main()
