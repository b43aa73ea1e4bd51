"""Asks libphonenumber (PyPI: phonenumbers 9.0.43, Apache-2.0) about each line of table.tsv that names a region, and writes into the
last column what it says: E.164 and, behind a blank, the extension; nothing where it finds no valid number in the text.

    pip install phonenumbers==9.0.43 && python3 judge.py
"""

import pathlib
import re

import phonenumbers

table = pathlib.Path(__file__).with_name("table.tsv")


def judged(line):
    typed, answer, region, _ = line.split("\t")
    if region == "-":
        return "\t".join((typed, answer, region, "-"))
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), typed).replace("\\t", "\t").replace("\\n", "\n")
    says = "-"
    try:
        number = phonenumbers.parse(text, region)
        if phonenumbers.is_valid_number(number):
            says = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            says += f" {number.extension}" if number.extension else ""
    except phonenumbers.NumberParseException:
        pass
    return "\t".join((typed, answer, region, says))


lines = [line for line in table.read_text(encoding="utf-8").split("\n") if line]
head = [line for line in lines if line.startswith("// ")]
table.write_text("\n".join(head + [judged(line) for line in lines if line not in head]) + "\n", encoding="utf-8")
