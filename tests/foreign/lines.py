"""The line protocol between the tests and a foreign client; php_client.php speaks the same.

In: {"operation", "arguments", "header"}, one JSON object a line; a null argument is left out; header is the namespace of
a header block that the server must understand.
Out: {"ready": [operations]} first, then {"answer", "document"} or {"fault": {"code", "reason"}} or {"error"}: a call
that the client refused by itself, nothing having been sent.
"""

import json
import sys

from lxml import etree


class Fault(Exception):
    """The server answered with a SOAP fault."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Refused(Exception):
    """The client did not send the call."""


def run(operations, call):
    """Answers every line of stdin with `call(operation, arguments, header)`."""
    say({"ready": operations})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = call(asked["operation"], asked["arguments"], asked.get("header"))
            say({"answer": answer, "document": tree(etree.fromstring(answer.encode()))})
        except Fault as fault:
            say({"fault": {"code": fault.code, "reason": fault.reason}})
        except Refused as refused:
            say({"error": str(refused)})


def tree(element):
    """The inner document as this side's own XML parser reads it."""
    children = {child.tag: tree(child) for child in element}
    return children or element.text or ""


def say(line):
    print(json.dumps(line, ensure_ascii=False), flush=True)
