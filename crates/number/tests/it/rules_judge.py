"""Asks libphonenumber (PyPI: phonenumbers 9.0.43, Apache-2.0) what each number of rules.tsv is dialled as in the country of its rules,
and writes that into the last column; "-" where it finds no valid number, and where there is no country.

    pip install phonenumbers==9.0.43 && python3 rules_judge.py
"""

import pathlib
import re

import phonenumbers

table = pathlib.Path(__file__).with_name("rules.tsv")
region = None


def judged(line):
    global region
    if line.startswith("//"):
        return line
    if line.startswith("="):
        code = re.search(r"\bcountry=(\d+)", line)
        region = code and phonenumbers.region_code_for_country_code(int(code[1]))
        return line
    typed, answer = line.split("\t")[:2]
    says = "-"
    try:
        number = region and phonenumbers.parse(typed, region)
        if number and phonenumbers.is_valid_number(number):
            # Within North America, libphonenumber treats regions as countries.
            own = phonenumbers.country_code_for_region(region) == number.country_code
            written = (
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
                if own
                else phonenumbers.format_out_of_country_calling_number(number, region)
            )
            # In countries where each carrier has its own prefix, libphonenumber has none to offer.
            says = "-" if written.startswith("+") else re.sub(r"\D", "", written)
    except phonenumbers.NumberParseException:
        pass
    return "\t".join((typed, answer, says))


lines = table.read_text(encoding="utf-8").splitlines()
table.write_text("\n".join(judged(line) for line in lines) + "\n", encoding="utf-8")
