// Package fonts holds the faces that Airial embeds, for its printed documents and for its window.
//
// They are subsets of Noto Sans and Noto Sans Mono (SIL Open Font License 1.1, OFL.txt beside this file): Latin, Greek,
// French punctuation with the no-break spaces U+00A0 and U+202F, œ Œ €, tabular figures, and U+FFFD for what is missing.
package fonts

import _ "embed"

var (
	//go:embed NotoSans-Regular.ttf
	regular []byte
	//go:embed NotoSans-Bold.ttf
	bold []byte
	//go:embed NotoSans-Italic.ttf
	italic []byte
	//go:embed NotoSans-BoldItalic.ttf
	boldItalic []byte
	//go:embed NotoSansMono-Regular.ttf
	mono []byte
)

// Regular is Noto Sans as a TrueType file. The bytes of this and of the other faces are shared: read, never write.
func Regular() []byte { return regular }

// Bold is Noto Sans Bold.
func Bold() []byte { return bold }

// Italic is Noto Sans Italic.
func Italic() []byte { return italic }

// BoldItalic is Noto Sans Bold Italic.
func BoldItalic() []byte { return boldItalic }

// Mono is Noto Sans Mono, for digests, serial numbers and codes.
func Mono() []byte { return mono }
