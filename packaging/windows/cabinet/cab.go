package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The layout of a cabinet ([MS-CAB]).
const (
	headerSize = 36
	folderSize = 8
	fileSize   = 16 // before its name
	dataSize   = 8  // before its bytes

	methodMSZIP = 1
	methodLZX   = 3 | windowBits<<8
)

// cabinet is what a cabinet holds: one folder, whose bytes are those of its files end to end.
type cabinet struct {
	files   []byte // the list of files as it stands
	count   uint16
	set     uint16
	content []byte
}

var errCabinet = errors.New("not a cabinet of one folder compressed by MSZIP")

func parse(b []byte) (c cabinet, err error) {
	if len(b) < headerSize+folderSize || string(b[:4]) != "MSCF" {
		return c, errCabinet
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	u32 := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
	const flags, folders = 30, 26
	if u16(folders) != 1 || u16(flags) != 0 || u16(headerSize+6) != methodMSZIP {
		return c, errCabinet
	}
	files, data, blocks := u32(16), u32(headerSize), u16(headerSize+4)
	if files > data || data > len(b) {
		return c, errCabinet
	}
	c.files, c.count, c.set = b[files:data], uint16(u16(28)), uint16(u16(32))
	for range blocks {
		if len(b) < data+dataSize || len(b) < data+dataSize+u16(data+4) {
			return c, io.ErrUnexpectedEOF
		}
		block := b[data+dataSize : data+dataSize+u16(data+4)]
		if !bytes.HasPrefix(block, []byte("CK")) {
			return c, errCabinet
		}
		start := len(c.content)
		inflate := flate.NewReaderDict(bytes.NewReader(block[2:]), c.content[max(0, start-frame):])
		piece, err := io.ReadAll(inflate)
		if err != nil {
			return c, fmt.Errorf("inflating: %w", err)
		}
		if len(piece) != u16(data+6) {
			return c, errCabinet
		}
		c.content = append(c.content, piece...)
		data += dataSize + len(block)
	}
	return c, nil
}

// lzx is the cabinet compressed.
func (c *cabinet) lzx() ([]byte, error) {
	frames, err := compress(c.content)
	if err != nil {
		return nil, err
	}
	data := headerSize + folderSize + len(c.files)
	whole := data
	for _, f := range frames {
		whole += dataSize + len(f)
	}
	le := binary.LittleEndian
	b := make([]byte, 0, whole)
	b = append(b, "MSCF\x00\x00\x00\x00"...)
	b = le.AppendUint32(b, uint32(whole))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, headerSize+folderSize)
	b = le.AppendUint32(b, 0)
	b = append(b, 3, 1) // version 1.3
	for _, v := range []uint16{1, c.count, 0, c.set, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, uint32(data))
	b = le.AppendUint16(b, uint16(len(frames)))
	b = le.AppendUint16(b, methodLZX)
	b = append(b, c.files...)
	for i, f := range frames {
		var sizes []byte
		sizes = le.AppendUint16(sizes, uint16(len(f)))
		sizes = le.AppendUint16(sizes, uint16(min(frame, len(c.content)-i*frame)))
		b = le.AppendUint32(b, checksum(sizes, checksum(f, 0)))
		b = append(b, sizes...)
		b = append(b, f...)
	}
	return b, nil
}

// checksum is that of a block of a cabinet.
func checksum(b []byte, seed uint32) uint32 {
	for ; len(b) >= 4; b = b[4:] {
		seed ^= binary.LittleEndian.Uint32(b)
	}
	var last uint32
	for _, v := range b {
		last = last<<8 | uint32(v)
	}
	return seed ^ last
}
