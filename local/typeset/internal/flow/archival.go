package flow

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// claim is what a document says of itself when it keeps to PDF/A-2b (ISO 19005-2, level B): metadata (§6.6.4), and the colour
// that its device colours mean (§6.2.3). What else the standard asks (fonts embedded whole for what they draw, no
// transparency, nothing active, no encryption, an identifier) this package writes in every document. One in which another's
// pages are reproduced makes no claim: what they hold is not ours.
const claim = "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>\n"

const srgbName = "sRGB IEC61966-2.1"

// outputIntent adds the intent of a document that claims PDF/A, and gives its entry of the catalog.
func (f *finisher) outputIntent() string {
	profile := f.add(compressed(srgb(), "/N 3"))
	return fmt.Sprintf(" /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (%s) /Info (%s) /RegistryName (http://www.color.org) /DestOutputProfile %d 0 R >>]", srgbName, srgbName, profile)
}

// srgb is an ICC profile (version 2.1, three components, matrix and curves) of the sRGB space, written from the numbers of
// IEC 61966-2-1: its primaries adapted to D50, its white, and its curve at 1,024 points.
var srgb = sync.OnceValue(func() []byte {
	type tag struct {
		name string
		data []byte
	}
	xyz := func(x, y, z float64) []byte {
		b := append([]byte("XYZ "), 0, 0, 0, 0)
		for _, v := range []float64{x, y, z} {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
		}
		return b
	}
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 1024)
	for i := range 1024 {
		v := float64(i) / 1023
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	description := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(srgbName)+1))
	description = append(append(description, srgbName...), 0)
	description = append(description, make([]byte, 4+4+2+1+67)...) // no other script
	tags := []tag{
		{"desc", description}, {"cprt", append([]byte("text\x00\x00\x00\x00"), "No copyright, use freely\x00"...)}, {"wtpt", xyz(0.9505, 1, 1.0891)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)}, {"gXYZ", xyz(0.38515, 0.71687, 0.09708)}, {"bXYZ", xyz(0.14307, 0.06061, 0.71410)},
		{"rTRC", curve}, {"gTRC", nil}, {"bTRC", nil}, // the same curve
	}
	var table, body bytes.Buffer
	start, last := 128+4+12*len(tags), 0
	word := func(b *bytes.Buffer, v uint32) { b.Write(binary.BigEndian.AppendUint32(nil, v)) }
	word(&table, uint32(len(tags)))
	size := 0
	for _, t := range tags {
		if t.data != nil {
			last, size = start+body.Len(), len(t.data)
			body.Write(t.data)
			body.Write(make([]byte, (4-len(t.data)%4)%4))
		}
		table.WriteString(t.name)
		word(&table, uint32(last))
		word(&table, uint32(size))
	}
	var head bytes.Buffer
	word(&head, uint32(start+body.Len()))
	head.WriteString("\x00\x00\x00\x00\x02\x10\x00\x00mntrRGB XYZ ")
	head.Write([]byte{7, 230, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}) // 1 January 2022
	head.WriteString("acsp")
	head.Write(make([]byte, 28)) // no platform, flags, maker, model, attributes; perceptual
	head.Write(xyz(0.9642, 1, 0.8249)[8:])
	head.Write(make([]byte, 128-head.Len()))
	return append(append(head.Bytes(), table.Bytes()...), body.Bytes()...)
})
