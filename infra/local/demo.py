"""Registers two demo clients, writes the environment file, and codes three records through HTTP."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from console import Failure, say, step
from settings import Settings

RECORDS = [
    {"occp_text": "brickie", "tasks_text": ""},
    {"occp_text": "AIN nights", "tasks_text": ""},
    {"occp_text": "manager", "tasks_text": "600 head of cattle"},
]

CURL = """\
. {env_file}
curl -s "$BASE_URL/v1/topics/osca/code" \\
  -H "Authorization: $(curl -s "$TOKEN_URL" -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials \\
      | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')" \\
  -H "Content-Type: application/json" \\
  -d '{{"record": {{"occp_text": "brickie", "tasks_text": "lay bricks"}}}}'"""


def clients_file(settings: Settings) -> Path:
    return settings.local_dir / "clients.json"


def environment(settings: Settings, outputs: dict[str, str], make_client: Path) -> dict[str, str]:
    """All that a client, a test or `make client` needs to use the stack; registers the demo clients."""
    tables = {
        "REGISTRATIONS_TABLE": outputs["RegistrationsTableName"],
        "APPLICATIONS_TABLE": outputs["ApplicationsTableName"],
        "FEEDBACK_TABLE": outputs["FeedbackTableName"],
        "WRONG_CODES_TABLE": outputs["WrongCodesTableName"],
        "QUOTAS_TABLE": outputs["QuotasTableName"],
        "USER_POOL_ID": outputs["UserPoolId"],
        "RESOURCE_SERVER": outputs["ResourceServerId"],
    }
    bulk = {
        "OPERATIONS_TABLE": outputs["OperationsTableName"],
        "BULK_BUCKET": outputs["BulkBucketName"],
        "BULK_KEY_ARN": outputs["BulkKeyArn"],
        "UPLOADS_QUEUE_URL": outputs["UploadsQueueUrl"],
        "CHUNKS_QUEUE_URL": outputs["ChunksQueueUrl"],
        "FINISH_QUEUE_URL": outputs["FinishQueueUrl"],
        "FAILED_UPLOADS_QUEUE_URL": outputs["FailedUploadsQueueUrl"],
        "FAILED_CHUNKS_QUEUE_URL": outputs["FailedChunksQueueUrl"],
        "FAILED_FINISHES_QUEUE_URL": outputs["FailedFinishesQueueUrl"],
        # For tests that disturb or invoke them.
        "TEND_REGISTRATIONS_FUNCTION": outputs["TendRegistrationsFunction"],
        "SPLIT_UPLOAD_FUNCTION": outputs["SplitUploadFunction"],
        "CODE_CHUNK_FUNCTION": outputs["CodeChunkFunction"],
        "FINISH_OPERATION_FUNCTION": outputs["FinishOperationFunction"],
    }
    clients = _clients(settings, make_client, tables)
    return {
        # The form that needs no Host header and no name of a host.
        "BASE_URL": f"{settings.endpoint}/_aws/execute-api/{outputs['ApiId']}/{outputs['Stage']}",
        "TOKEN_URL": f"{settings.endpoint}/oauth2/token",
        "CLIENT_ID": clients["partner"]["client_id"],
        "CLIENT_SECRET": clients["partner"]["client_secret"],
        "PUBLIC_CLIENT_ID": clients["public"]["client_id"],
        "PUBLIC_CLIENT_SECRET": clients["public"]["client_secret"],
        **settings.aws_environment(),
        **tables,
        **bulk,
    }


def write_environment(settings: Settings, variables: dict[str, str]) -> None:
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    _write_private(settings.env_file, "".join(lines))


def show(settings: Settings, variables: dict[str, str]) -> None:
    with step("Coding three records through HTTP"):
        token = _token(variables)
        answers = _post(
            f"{variables['BASE_URL']}/v1/topics/osca/code",
            json.dumps({"records": RECORDS}).encode(),
            {"Authorization": token, "Content-Type": "application/json"},
        )
        for answer in answers:
            say(f"    {_title(answer['input']):32} -> {_best(answer)}")

    say()
    say(f"Base URL       {variables['BASE_URL']}")
    say(f"Token URL      {variables['TOKEN_URL']}")
    say(f"Client (demo)  {variables['CLIENT_ID']}  {variables['CLIENT_SECRET']}")
    say()
    say("Try it (these and a public client's credentials are in the file that the first line reads):")
    say()
    say(CURL.format(env_file=shlex.quote(os.path.relpath(settings.env_file))))


def _clients(settings: Settings, make_client: Path, tables: dict[str, str]) -> dict[str, dict[str, str]]:
    known = clients_file(settings)
    if known.is_file():
        return json.loads(known.read_text())
    with step("Registering two demo clients, a partner and a member of the public"):
        clients = {tier: _register(settings, make_client, tables, tier) for tier in ("partner", "public")}
        _write_private(known, json.dumps(clients))
    return clients


def _register(settings: Settings, make_client: Path, tables: dict[str, str], tier: str) -> dict[str, str]:
    finished = subprocess.run(
        [str(make_client), "create", "--tier", tier, "--name", f"Demo {tier}"],
        env={**settings.child_environment(), **tables}, capture_output=True, text=True,
    )
    if finished.returncode != 0:
        raise Failure(f"make-client failed: {finished.stderr.strip()}")
    return json.loads(finished.stdout)


def _token(variables: dict[str, str]) -> str:
    credentials = f"{variables['CLIENT_ID']}:{variables['CLIENT_SECRET']}".encode()
    answer = _post(
        variables["TOKEN_URL"],
        b"grant_type=client_credentials",
        {
            "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    return answer["access_token"]


def _post(url: str, body: bytes, headers: dict[str, str]):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise Failure(f"{url} answered {refusal.code}: {refusal.read().decode(errors='replace')}") from None


def _title(record: dict[str, str]) -> str:
    return " | ".join(text for text in (record["occp_text"], record["tasks_text"]) if text)


def _best(answer: dict) -> str:
    if answer["codeStatus"] != "successful":
        return "not coded"
    best = answer["result"][0]
    return f"{best['codeCategory']:6} {best['codeLabel']} ({best['codeConfidence']:.0%} sure)"


def _write_private(path: Path, text: str) -> None:
    """Credentials are in it: no moment at which others can read it."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
