"""zeep as a caller of the gateway: `python zeep_client.py WSDL`. See lines.py for what it reads and writes."""

import sys

import requests
import zeep
from lines import Fault, Refused, run
from lxml import etree

session = requests.Session()
session.trust_env = False  # no proxy between the tests and loopback
client = zeep.Client(sys.argv[1], transport=zeep.Transport(session=session))


def call(operation, arguments, header):
    parameters = client.service._binding._operations.get(operation)
    if parameters is None:
        raise Refused(f"no operation {operation}")
    names = [name for name, _ in parameters.input.body.type.elements]
    given = {name: value for name, value in zip(names, arguments) if value is not None}
    try:
        return client.service[operation](_soapheaders=[strange(header)] if header else None, **given)
    except zeep.exceptions.Fault as fault:
        raise Fault(fault.code, fault.message) from fault
    except (zeep.exceptions.ValidationError, TypeError) as error:
        raise Refused(str(error)) from error


def strange(namespace):
    block = etree.Element(f"{{{namespace}}}Strange")
    block.set("{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand", "1")
    return block


run(sorted(client.service._binding._operations), call)
