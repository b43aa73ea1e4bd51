//! Our own WSDL.

use super::NAMESPACE;
use crate::{Operation, xml};

/// Writes the WSDL of this project's server: document/literal wrapped, SOAP 1.1, in the shape that six foreign clients
/// take without a change (`docs/api.md`).
/// `address` is the endpoint as the client reaches it, e.g. `http://pbx.example/uncall_services_api/index.php`.
pub fn write(address: &str) -> String {
    let all = |section: fn(&str, Operation) -> String| -> String {
        Operation::ALL.into_iter().map(|operation| section(operation.name(), operation)).collect()
    };
    let mut location = String::new();
    xml::attribute(&mut location, address);
    let (elements, messages) = (all(elements), all(messages));
    let (port_type, binding) = (all(port_type), all(binding));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="Uncall" targetNamespace="{NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}">
  <wsdl:types>
    <xsd:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
{elements}    </xsd:schema>
  </wsdl:types>
{messages}  <wsdl:portType name="UncallSoap">
{port_type}  </wsdl:portType>
  <wsdl:binding name="UncallSoap" type="tns:UncallSoap">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
{binding}  </wsdl:binding>
  <wsdl:service name="Uncall">
    <wsdl:port name="UncallSoap" binding="tns:UncallSoap">
      <soap:address location="{location}"/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"#
    )
}

/// The wrapper elements. Their types are anonymous, because named ones give the C# proxy classes instead of strings.
fn elements(name: &str, operation: Operation) -> String {
    let parameter = |parameter: &str| {
        // Without this, PHP and zeep refuse to leave the argument out.
        let optional = if parameter == "strActionID" { r#" minOccurs="0""# } else { "" };
        format!("        <xsd:element name=\"{parameter}\" type=\"xsd:string\"{optional}/>\n")
    };
    let parameters: String = operation.parameters().iter().map(|name| parameter(name)).collect();
    format!(
        r#"      <xsd:element name="{name}"><xsd:complexType><xsd:sequence>
{parameters}      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="{name}Response"><xsd:complexType><xsd:sequence>
        <xsd:element name="{name}Result" type="xsd:string" minOccurs="0"/>
      </xsd:sequence></xsd:complexType></xsd:element>
"#
    )
}

/// The messages. Their parts are named `parameters`, because only then does the C# proxy get `string popEvent(string)`.
fn messages(name: &str, _: Operation) -> String {
    format!(
        r#"  <wsdl:message name="{name}SoapIn"><wsdl:part name="parameters" element="tns:{name}"/></wsdl:message>
  <wsdl:message name="{name}SoapOut"><wsdl:part name="parameters" element="tns:{name}Response"/></wsdl:message>
"#
    )
}

fn port_type(name: &str, _: Operation) -> String {
    format!(
        r#"    <wsdl:operation name="{name}">
      <wsdl:input message="tns:{name}SoapIn"/>
      <wsdl:output message="tns:{name}SoapOut"/>
    </wsdl:operation>
"#
    )
}

fn binding(name: &str, _: Operation) -> String {
    format!(
        r#"    <wsdl:operation name="{name}">
      <soap:operation soapAction="{NAMESPACE}#{name}" style="document"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
"#
    )
}
