// Package draftimport reads a draft written with a word processor (.docx of ECMA-376, .odt of ISO/IEC 26300) into the
// paragraphs of a deliberation.
//
// It reads the text of the one part that holds it: words, headings, lists and tables. It follows no reference, opens no
// picture, runs no macro; what it leaves out is counted and told. Size, number of parts, depth and unpacked size are
// bounded; a document type declaration is refused, so that no entity is ever expanded.
package draftimport
