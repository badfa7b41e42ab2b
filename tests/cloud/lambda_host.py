"""What Lambda's runtime does with a packed function, on this machine: `python -I -S lambda_host.py ZIP_FOLDER LIBRARIES
HANDLER`. Only the zip and what the runtime brings (boto3) can be imported. Events are read from standard input, one a line,
and answered on standard output: {"answer"} or {"error"}, with the top-level "modules" loaded so far; lines that do not begin
with ANSWER are the function's log."""

import importlib
import json
import sys
import traceback
from types import SimpleNamespace

ANSWER = "\x1e"


def main(folder: str, libraries: str, handler: str) -> None:
    sys.path[:0] = [folder, libraries]
    module, name = handler.rsplit(".", 1)
    function = getattr(importlib.import_module(module), name)
    say({})
    for number, line in enumerate(sys.stdin):
        context = SimpleNamespace(aws_request_id=f"request-{number}", function_name=name)
        try:
            say({"answer": function(json.loads(line), context)})
        except Exception:
            say({"error": traceback.format_exc()})


def say(told: dict) -> None:
    modules = sorted({name.split(".")[0] for name in sys.modules})
    print(ANSWER + json.dumps({**told, "modules": modules}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
