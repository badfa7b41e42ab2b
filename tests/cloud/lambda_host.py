"""What Lambda's runtime does with a packed function, on this machine: `python -I -S lambda_host.py ZIP_FOLDER LIBRARIES
HANDLER CLOCK`. Only the zip and what the runtime brings (boto3) can be imported; the machine's clock is set by the library in
the folder CLOCK. Standard input is read line by line: {"event"}, and "at", what time it is then, if not now. Each is answered
on standard output: {"answer"} or {"error"}, with the top-level "modules" loaded so far; lines that do not begin with ANSWER
are the function's log."""

import importlib
import json
import sys
import traceback
from contextlib import nullcontext
from types import SimpleNamespace

ANSWER = "\x1e"


def main(folder: str, libraries: str, handler: str, clock: str) -> None:
    sys.path.insert(0, clock)
    import time_machine

    sys.path[:1] = [folder, libraries]
    module, name = handler.rsplit(".", 1)
    function = getattr(importlib.import_module(module), name)
    say({})
    for number, line in enumerate(sys.stdin):
        context, told = SimpleNamespace(aws_request_id=f"request-{number}", function_name=name), json.loads(line)
        try:
            with time_machine.travel(told["at"]) if told["at"] else nullcontext():
                say({"answer": function(told["event"], context)})
        except Exception:
            say({"error": traceback.format_exc()})


def say(told: dict) -> None:
    modules = sorted({name.split(".")[0] for name in sys.modules})
    print(ANSWER + json.dumps({**told, "modules": modules}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
