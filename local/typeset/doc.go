// Package typeset makes every printed document of the town hall, from plain data to a PDF.
//
// Each document is a struct with a Typeset method. It knows no module, no clock and no disk: what is printed is what the
// struct says, dates included, and the same data always give the same bytes. Running text gets its French typography here
// (package french), except the text of a mention of civil status, which is reproduced to the letter.
//
// The PDFs have their fonts embedded, a language (fr-FR), a title, XMP metadata, and structure tags (headings, paragraphs,
// tables) for screen readers. They bear no PDF/A or PDF/UA claim: no output profile is embedded.
//
// A register of thousands of pages (Register) is set part by part, several at once, in the memory of a few parts and of the
// finished file; it is tagged as the others are, and has an outline.
//
// A character that the embedded faces lack (an emoji, Arabic, Hebrew…) is printed as U+FFFD, and Document.Missing names
// it: the caller must warn before anyone signs. Characters that can hide or reorder text are dropped.
package typeset
