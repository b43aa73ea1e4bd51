//! Namespaces that are read: of WSDL 1.1, and of its schemas.

pub(super) const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
pub(super) const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
