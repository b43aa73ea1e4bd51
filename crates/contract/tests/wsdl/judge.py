"""What zeep makes of a WSDL in parts: `python judge.py FOLDER...` writes FOLDER/zeep.json.

The Python environment of the foreign clients (tests/foreign/requirements.txt) has zeep."""

import json
import pathlib
import sys

import zeep


class Folder(zeep.Transport):
    """Answers from the files of a folder."""

    def __init__(self, folder):
        super().__init__()
        lines = (folder / "places.txt").read_text().splitlines()
        self.files = {url: folder / name for url, name in (line.split(" ") for line in lines)}

    def load(self, url):
        return self.files[url].read_bytes()


for folder in map(pathlib.Path, sys.argv[1:]):
    transport = Folder(folder)
    root = next(iter(transport.files))
    client = zeep.Client(root, transport=transport)
    said = {"address": client.service._binding_options["address"], "operations": {}}
    for name, operation in sorted(client.service._binding._operations.items()):
        names = [known for known, _ in operation.input.body.type.elements]
        envelope = client.create_message(client.service, name, **{known: known for known in names})
        wrapper = envelope.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
        said["operations"][name] = {
            "style": operation.style,
            "action": operation.soapaction,
            "wrapper": wrapper.tag,
            "arguments": [argument.tag for argument in wrapper],
        }
    (folder / "zeep.json").write_text(json.dumps(said, indent=1) + "\n")
