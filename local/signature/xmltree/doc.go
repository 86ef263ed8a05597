// Package xmltree reads an XML document and keeps its bytes: a light tree of places
// in the file, over which signed parts are written in canonical form and into which
// a signature is put without touching anything else.
//
// encoding/xml is the parser, so that what is shown and what is digested come from the
// same reading. It is asked for raw tokens, and what the standard asks beyond them is
// checked here: tags that match, one root, no attribute twice, no document type
// declaration (hence no entity but the five predefined, and nothing from outside).
//
// Attributes are read again from the bytes of their tag, because their normalisation
// (XML 1.0 §3.3.3) must tell a line end from its character reference.
package xmltree
