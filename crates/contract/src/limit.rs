//! The limits on everything received. Exceeding one is an error that names it.

/// Bytes of a SOAP message or a WSDL: 1 MiB. Real ones are under 20 KB.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Depth of nested elements: 64. Real WSDLs use about 10.
pub const DEPTH: usize = 64;
/// Elements in one document: 20,000.
pub const ELEMENTS: usize = 20_000;
/// Bytes of one inner document or value: 64 KiB.
pub const VALUE_BYTES: usize = 64 * 1024;
/// Attributes of one element: 64.
pub const ATTRIBUTES: usize = 64;
/// Namespace declarations in scope at one place of a document: 256.
pub const NAMESPACES: usize = 256;
/// Documents of one description, the root included: 32. Real ones have up to ten.
pub const WSDL_DOCUMENTS: usize = 32;
/// Nested imports, counted from the root of a description: 8. Real ones have up to three.
pub const WSDL_IMPORTS: usize = 8;
/// Bytes of all documents of one description together: 2 MiB.
pub const WSDL_BYTES: usize = 2 * 1024 * 1024;
