package desktop

import "encoding/binary"

// placeForTray: every Windows has one.
func placeForTray() bool { return true }

// trayPicture is the picture as Windows takes it: an .ico file of one picture, which may be a PNG.
func trayPicture(png []byte) []byte {
	const header = 22
	le := binary.LittleEndian
	ico := []byte{0, 0, 1, 0, 1, 0} // an icon, of one picture
	ico = append(ico, TraySide, TraySide, 0, 0)
	ico = le.AppendUint16(ico, 1)  // plane
	ico = le.AppendUint16(ico, 32) // bits of a point
	ico = le.AppendUint32(ico, uint32(len(png)))
	ico = le.AppendUint32(ico, header)
	return append(ico, png...)
}
