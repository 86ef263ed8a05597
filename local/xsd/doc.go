// Package xsd holds XML documents against XML Schemas (W3C XML Schema 1.0).
//
// The work is done by libxml2 compiled to WebAssembly and run in this process by wazero, as package pageimage does with
// PDFs: a hostile document or schema meets a sandbox with no files, no network, a memory limit and a time limit, never
// the program's memory. Documents are read as they come and never held whole, but for the text of one element at a
// time, and of that what is xs:base64Binary is folded: an attachment of any size costs some hundred kilobytes. A document that declares a type (DOCTYPE) is not read: it could declare entities.
//
// packaging/dev/libxml2.sh rebuilds libxml2.wasm.gz; libxml2.LICENSE is its notice.
package xsd
