package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Colours of Airial's own, beside Fyne's.
const (
	ColorRail    fyne.ThemeColorName = "airialRail"    // behind the rail and the foot
	ColorDesk    fyne.ThemeColorName = "airialDesk"    // behind the sheets of a preview
	ColorPaper   fyne.ThemeColorName = "airialPaper"   // a sheet: white in every palette
	ColorMuted   fyne.ThemeColorName = "airialMuted"   // secondary text
	ColorRing    fyne.ThemeColorName = "airialRing"    // the ring of the focus
	ColorDone    fyne.ThemeColorName = "airialDone"    // signed, sent, received
	ColorWaiting fyne.ThemeColorName = "airialWaiting" // someone or something is awaited
	ColorLate    fyne.ThemeColorName = "airialLate"    // a deadline is near or past
	ColorRefused fyne.ThemeColorName = "airialRefused" // refused, invalid
)

type palette map[fyne.ThemeColorName]color.Color

func rgb(hex uint32) color.NRGBA { return rgba(hex<<8 | 0xff) }

func rgba(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 24), G: uint8(hex >> 16), B: uint8(hex >> 8), A: uint8(hex)}
}

var light = palette{
	base.ColorNameBackground: rgb(0xfcfcfa), ColorRail: rgb(0xf0f3ef), ColorDesk: rgb(0xe2e6e1), ColorPaper: rgb(0xffffff),
	base.ColorNameForeground: rgb(0x1d2521), ColorMuted: rgb(0x58635d), base.ColorNamePlaceHolder: rgb(0x616c66),
	base.ColorNameDisabled: rgb(0x87908b), base.ColorNamePrimary: rgb(0x1c6349), base.ColorNameForegroundOnPrimary: rgb(0xffffff),
	base.ColorNameHyperlink: rgb(0x1c6349), base.ColorNameFocus: rgba(0x1c634940), ColorRing: rgb(0x2b8263),
	base.ColorNameButton: rgb(0xe7ece8), base.ColorNameDisabledButton: rgb(0xf0f2f0), base.ColorNameInputBackground: rgb(0xffffff),
	base.ColorNameInputBorder: rgb(0x858f89), base.ColorNameHover: rgba(0x1d25210f), base.ColorNamePressed: rgba(0x1d25211f),
	base.ColorNameSelection: rgb(0xd7e9df), base.ColorNameSeparator: rgb(0xdce1dd), base.ColorNameShadow: rgba(0x1d252126),
	base.ColorNameScrollBar: rgba(0x1d252166), base.ColorNameScrollBarBackground: rgba(0x1d25210a),
	base.ColorNameMenuBackground: rgb(0xffffff), base.ColorNameOverlayBackground: rgb(0xffffff), base.ColorNameHeaderBackground: rgb(0xf0f3ef),
	ColorDone: rgb(0x23692f), ColorWaiting: rgb(0x27578a), ColorLate: rgb(0x854d00), ColorRefused: rgb(0xa3261f),
	base.ColorNameSuccess: rgb(0x23692f), base.ColorNameForegroundOnSuccess: rgb(0xffffff),
	base.ColorNameWarning: rgb(0x854d00), base.ColorNameForegroundOnWarning: rgb(0xffffff),
	base.ColorNameError: rgb(0xa3261f), base.ColorNameForegroundOnError: rgb(0xffffff),
}

var dark = palette{
	base.ColorNameBackground: rgb(0x191d1b), ColorRail: rgb(0x131715), ColorDesk: rgb(0x0e1110), ColorPaper: rgb(0xffffff),
	base.ColorNameForeground: rgb(0xe7ebe8), ColorMuted: rgb(0xa7b1ab), base.ColorNamePlaceHolder: rgb(0x9ca6a0),
	base.ColorNameDisabled: rgb(0x737d77), base.ColorNamePrimary: rgb(0x78c7a5), base.ColorNameForegroundOnPrimary: rgb(0x0b2018),
	base.ColorNameHyperlink: rgb(0x78c7a5), base.ColorNameFocus: rgba(0x78c7a54d), ColorRing: rgb(0x78c7a5),
	base.ColorNameButton: rgb(0x2b322e), base.ColorNameDisabledButton: rgb(0x212623), base.ColorNameInputBackground: rgb(0x202523),
	base.ColorNameInputBorder: rgb(0x727d76), base.ColorNameHover: rgba(0xffffff12), base.ColorNamePressed: rgba(0xffffff24),
	base.ColorNameSelection: rgb(0x22473a), base.ColorNameSeparator: rgb(0x2d3430), base.ColorNameShadow: rgba(0x00000080),
	base.ColorNameScrollBar: rgba(0xffffff66), base.ColorNameScrollBarBackground: rgba(0xffffff0d),
	base.ColorNameMenuBackground: rgb(0x232926), base.ColorNameOverlayBackground: rgb(0x232926), base.ColorNameHeaderBackground: rgb(0x131715),
	ColorDone: rgb(0x8ace98), ColorWaiting: rgb(0x95c1ec), ColorLate: rgb(0xe9bb66), ColorRefused: rgb(0xf49c93),
	base.ColorNameSuccess: rgb(0x8ace98), base.ColorNameForegroundOnSuccess: rgb(0x0b2010),
	base.ColorNameWarning: rgb(0xe9bb66), base.ColorNameForegroundOnWarning: rgb(0x291b00),
	base.ColorNameError: rgb(0xf49c93), base.ColorNameForegroundOnError: rgb(0x33100c),
}

var contrast = palette{
	base.ColorNameBackground: rgb(0x000000), ColorRail: rgb(0x000000), ColorDesk: rgb(0x000000), ColorPaper: rgb(0xffffff),
	base.ColorNameForeground: rgb(0xffffff), ColorMuted: rgb(0xffffff), base.ColorNamePlaceHolder: rgb(0xdddddd),
	base.ColorNameDisabled: rgb(0xb0b0b0), base.ColorNamePrimary: rgb(0xffd84d), base.ColorNameForegroundOnPrimary: rgb(0x000000),
	base.ColorNameHyperlink: rgb(0xffd84d), base.ColorNameFocus: rgba(0xffd84d66), ColorRing: rgb(0xffd84d),
	base.ColorNameButton: rgb(0x262626), base.ColorNameDisabledButton: rgb(0x141414), base.ColorNameInputBackground: rgb(0x000000),
	base.ColorNameInputBorder: rgb(0xffffff), base.ColorNameHover: rgba(0xffffff30), base.ColorNamePressed: rgba(0xffffff50),
	base.ColorNameSelection: rgb(0x3d3500), base.ColorNameSeparator: rgb(0x8c8c8c), base.ColorNameShadow: rgba(0x00000000),
	base.ColorNameScrollBar: rgb(0xffffff), base.ColorNameScrollBarBackground: rgb(0x262626),
	base.ColorNameMenuBackground: rgb(0x000000), base.ColorNameOverlayBackground: rgb(0x000000), base.ColorNameHeaderBackground: rgb(0x000000),
	ColorDone: rgb(0x7dff9b), ColorWaiting: rgb(0x9fd2ff), ColorLate: rgb(0xffc861), ColorRefused: rgb(0xffaaa2),
	base.ColorNameSuccess: rgb(0x7dff9b), base.ColorNameForegroundOnSuccess: rgb(0x000000),
	base.ColorNameWarning: rgb(0xffc861), base.ColorNameForegroundOnWarning: rgb(0x000000),
	base.ColorNameError: rgb(0xffaaa2), base.ColorNameForegroundOnError: rgb(0x000000),
}

var strips = [...]uint32{0x1c6349, 0x27578a, 0x8a4b08, 0x6d3f86, 0x8c2f45, 0x3f5f66}

// Strip gives the colour of the strip of the nth authority, so that one sees at a glance where one is.
func Strip(n int) color.Color { return rgb(strips[((n%len(strips))+len(strips))%len(strips)]) }
