"""Writes ../../src/rules/emergency.tsv: for each country code the emergency numbers of its main country, as libphonenumber's
ShortNumberMetadata has them (PyPI: phonenumbers 9.0.43, Apache-2.0), and what libphonenumber lacks of them, with its source.

    pip install phonenumbers==9.0.43 && python3 emergency.py
"""

import itertools
import pathlib
import re

import phonenumbers
from phonenumbers import shortnumberinfo

# 122, traffic police: 《电信网编号计划（2017年版）》 of the MIIT, numbers of emergency services (110, 119, 120, 122).
MORE = {86: ["122"]}


def numbers(region):
    metadata = phonenumbers.PhoneMetadata.short_metadata_for_region(region)
    if metadata is None or metadata.emergency is None or not metadata.emergency.national_number_pattern:
        return []
    emergency = metadata.emergency
    lengths = [length for length in emergency.possible_length or metadata.general_desc.possible_length if length > 0]
    candidates = ("".join(number) for length in lengths for number in itertools.product("0123456789", repeat=length))
    pattern = re.compile(emergency.national_number_pattern)
    found = [number for number in candidates if pattern.fullmatch(number)]
    assert all(shortnumberinfo.is_emergency_number(number, region) for number in found), region
    return found


lines = [
    "// Country code, and the emergency numbers there: libphonenumber 9.0.43 through tests/it/emergency.py",
]
for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE):
    region = phonenumbers.region_code_for_country_code(code)
    found = sorted(set(numbers(region) + MORE.get(code, [])))
    if found:
        lines.append(f"{code}\t{' '.join(found)}")
path = pathlib.Path(__file__).parents[2] / "src/rules/emergency.tsv"
path.write_text("\n".join(lines) + "\n", encoding="utf-8")
