"""Stands in for the Azure CLI: records each call with its part of the environment, and answers as Azure would.

What it answers is told by environment variables, so that each test has a cloud of its own:
FAKE_FOLDER holds the record, FAKE_FAILS a call that fails, FAKE_ABSENT what is not there, FAKE_RUNNING the triggers
of Data Factory that run, FAKE_LATE how often no function is listed yet.
"""

import json
import os
import sys
from itertools import takewhile
from pathlib import Path

FOLDER = Path(os.environ.get("FAKE_FOLDER", "."))
ABSENT = os.environ.get("FAKE_ABSENT", "").split(",")
OUTPUTS = {
    "resourcE_GROUP": "rg-shelfcast-dev",  # in Azure's own spelling
    "functioN_APP_NAME": "func-shelfcast-dev-abc123",
    "FUNCTION_APP_IDENTITY": "id-app-shelfcast-dev",
    "DEPLOYER_IDENTITY": "id-deployer-shelfcast-dev",
    "KEY_VAULT_NAME": "kv-shelfcast-dev-abc123",
    "LAKE_NAME": "dlsshelfcastdevabc123",
    "SQL_SERVER": "sql-shelfcast-dev-abc123.database.windows.net",
    "SQL_DATABASE": "ledger",
    "AZURE_ML_WORKSPACE": "mlw-shelfcast-dev",
    "CONTAINER_REGISTRY": "crshelfcastdevabc123.azurecr.io",
    "DATA_FACTORY_NAME": "adf-shelfcast-dev-abc123",
    "FUNCTION_APP_ID": "/id/app",
    "KEY_VAULT_ID": "/id/vault",
}
KEY = "blobs-key=="
DIGEST = "sha256:" + 64 * "d"
CLIENT, PRINCIPAL = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"


def main(arguments: list[str]) -> int:
    """Record the call and answer it."""
    call = command(arguments)
    told = {name: value for name, value in os.environ.items() if name.startswith("SHELFCAST_")}
    with (FOLDER / "calls.jsonl").open("a", encoding="utf-8") as record:
        record.write(json.dumps({"arguments": arguments, "told": told}) + "\n")
    if call.startswith(os.environ.get("FAKE_FAILS", "nothing")):
        print(f"ERROR: {call} was refused", file=sys.stderr)
        return 1
    answer = answer_to(call, arguments)
    if answer is None:
        return 3
    print(answer, end="\n" if answer else "")
    return 0


def command(arguments: list[str]) -> str:
    """Return the words before the first option; of a plain request, its method and what its address ends with."""
    words = list(takewhile(lambda word: not word.startswith("-"), arguments))
    if words == ["rest"]:
        address = arguments[arguments.index("--url") + 1].partition("?")[0].split("/")
        words = [
            "rest",
            arguments[arguments.index("--method") + 1],
            *address[address.index("triggers") + 1 :],
        ]
    return " ".join(words)


def answer_to(call: str, arguments: list[str]) -> str | None:
    """Return what is printed, None where the thing asked for is not there."""
    query = arguments[arguments.index("--query") + 1] if "--query" in arguments else ""
    answers = {
        "account show": "00000000-0000-0000-0000-000000000000" if query else "",
        "deployment sub show": json.dumps({name: {"value": value} for name, value in told().items()}),
        "functionapp keys list": "" if "blobs-key" in ABSENT else KEY,
        "identity show": CLIENT if query == "clientId" else PRINCIPAL,
        "network private-endpoint-connection list": "/id/connection",
        "lock list": "lock/lake\nlock/vault",
        "storage container immutability-policy show": '"etag"',
        "role definition list": "" if "role" in ABSENT else "role-id",
    }
    if call == "functionapp function list":
        return functions()
    if call.startswith("rest"):
        return triggers(call)
    if query == "digest":
        return DIGEST
    wanted = next((kind for kind in ("acr repository show", "ml ") if call.startswith(kind)), None)
    if wanted and call.endswith("show") and "models" in ABSENT:
        return None
    return answers.get(call, "")


def told() -> dict[str, str]:
    """Return the outputs of the deployment."""
    return {} if "outputs" in ABSENT else OUTPUTS


def triggers(call: str) -> str:
    """Start or stop a trigger, or tell the state of each."""
    file = FOLDER / "running"
    running = set(file.read_text().split() if file.exists() else os.environ.get("FAKE_RUNNING", "").split())
    match call.split()[2:]:
        case [name, "start"]:
            running.add(name)
        case [name, "stop"]:
            running.discard(name)
    file.write_text(" ".join(sorted(running)))
    states = {name: "Started" if name in running else "Stopped" for name in ("weekly", "on_arrival")}
    return "\n".join(f"{name}\t{state}" for name, state in states.items())


def functions() -> str:
    """List the functions, or none as often as FAKE_LATE says."""
    seen = FOLDER / "listings"
    count = len(seen.read_text()) if seen.exists() else 0
    seen.write_text("x" * (count + 1))
    if count < int(os.environ.get("FAKE_LATE", "0")):
        return ""
    names = json.loads(Path("tests/conformance/functions.json").read_text())
    return "\n".join(f"func-shelfcast-dev-abc123/{name}" for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
