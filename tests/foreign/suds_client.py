"""suds as a caller of the gateway: `python suds_client.py WSDL`. See lines.py for what it reads and writes."""

import sys

import suds
import suds.client
from lines import Fault, Refused, run
from suds.bindings.binding import envns
from suds.sax.element import Element

client = suds.client.Client(sys.argv[1], cache=None)
methods = client.wsdl.services[0].ports[0].methods


def call(operation, arguments, header):
    if operation not in methods:
        raise Refused(f"no operation {operation}")
    client.set_options(soapheaders=strange(header) if header else ())
    try:
        # Of a None suds leaves out what is optional and sends the rest as an empty element.
        return str(getattr(client.service, operation)(*arguments))
    except suds.WebFault as fault:
        raise Fault(str(fault.fault.faultcode), str(fault.fault.faultstring)) from fault


def strange(namespace):
    block = Element("Strange", ns=("x", namespace))
    block.set(f"{envns[0]}:mustUnderstand", "1")
    return block


run(sorted(methods), call)
