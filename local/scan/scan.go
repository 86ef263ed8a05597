// Package scan opens scanned pages: JPEG, PNG, and TIFF with several pages in one file, as digitised registers come.
//
// A scan of two colours at 600 dots an inch may hold more points than memory should: it is read strip by strip and shown
// smaller, whatever its size (TIFF 6.0: no compression, or CCITT T.4 and T.6). Faxes without marks at the ends of their lines
// are handed over as PDF (Fax). Others are decoded whole, within limits.
package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // decoded by image.Decode
	_ "image/png"
	"io"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff"
)

var (
	// ErrBroken: what is there cannot be shown.
	ErrBroken = errors.New("this file is not a scan that can be shown")
	// ErrTooLarge: it has more points than can be decoded.
	ErrTooLarge = errors.New("this scan is too large to be shown")
)

const (
	// MaxPoints bounds an image that is decoded whole: more than an A3 at 600 dots an inch.
	MaxPoints = 144 << 20
	// maxBilevel bounds one of two colours, which is read by strips.
	maxBilevel = 8 << 30
	maxPages   = 2000
	maxEntries = 4096
)

// Pages counts the pages of a file: a TIFF's directories, else one.
func Pages(content []byte) int {
	if !isTIFF(content) {
		return 1
	}
	all, err := directories(content)
	if err != nil || len(all) == 0 {
		return 1 // the fault is told when it is shown
	}
	return len(all)
}

// Render draws a page, from 0, about width points wide where it must be made smaller, else as it is.
// Errors: ErrBroken, ErrTooLarge.
func Render(content []byte, page, width int) (image.Image, error) {
	if !isTIFF(content) {
		return whole(bytes.NewReader(content))
	}
	all, err := directories(content)
	if err != nil {
		return nil, err
	}
	if page < 0 || page >= len(all) {
		return nil, fmt.Errorf("page %d of %d: %w", page+1, len(all), ErrBroken)
	}
	d, err := readDirectory(content, all[page])
	if err != nil {
		return nil, err
	}
	if d.bilevel() {
		return d.shrunk(content, max(width, 1))
	}
	if d.width <= 0 || d.height <= 0 || d.width > MaxPoints/d.height {
		return nil, fmt.Errorf("%d by %d points: %w", d.width, d.height, ErrTooLarge)
	}
	// The head of the file is made to name this page's directory first: the decoder reads no other.
	img, err := tiff.Decode(&renamed{content: content, head: headFor(content, all[page])})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return img, nil
}

func whole(r io.ReadSeeker) (image.Image, error) {
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxPoints/c.Height {
		return nil, fmt.Errorf("%d by %d points: %w", c.Width, c.Height, ErrTooLarge)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	img, _, err := image.Decode(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return img, nil
}

func isTIFF(content []byte) bool {
	return bytes.HasPrefix(content, []byte("II*\x00")) || bytes.HasPrefix(content, []byte("MM\x00*"))
}

func order(content []byte) binary.ByteOrder {
	if content[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// directories gives the places of the pages (TIFF 6.0, section 2), within limits and without turning in circles.
func directories(content []byte) (all []uint32, err error) {
	if len(content) < 8 {
		return nil, ErrBroken
	}
	o := order(content)
	seen := map[uint32]bool{}
	for at := o.Uint32(content[4:]); at != 0; {
		if int64(at)+2 > int64(len(content)) || seen[at] || len(all) == maxPages {
			break // what was found before it can be shown
		}
		seen[at] = true
		n := int64(o.Uint16(content[at:]))
		end := int64(at) + 2 + 12*n
		if n == 0 || n > maxEntries || end+4 > int64(len(content)) {
			break
		}
		all = append(all, at)
		at = o.Uint32(content[end:])
	}
	if len(all) == 0 {
		return nil, ErrBroken
	}
	return all, nil
}

func headFor(content []byte, directory uint32) (head [8]byte) {
	copy(head[:], content[:8])
	order(content).PutUint32(head[4:], directory)
	return head
}

// renamed is a file whose first bytes are others.
type renamed struct {
	content []byte
	head    [8]byte
	at      int64
}

// ReadAt implements io.ReaderAt, which the decoder uses.
func (r *renamed) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 || at >= int64(len(r.content)) {
		return 0, io.EOF
	}
	n = copy(p, r.content[at:])
	for i := 0; i < n && at+int64(i) < 8; i++ {
		p[i] = r.head[at+int64(i)]
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Read implements io.Reader.
func (r *renamed) Read(p []byte) (n int, err error) {
	n, err = r.ReadAt(p, r.at)
	r.at += int64(n)
	return n, err
}

// The tags that tell a page of two colours.
const (
	tagWidth, tagHeight, tagBits, tagCompression, tagPhotometric, tagFillOrder, tagStrips, tagSamples, tagRows, tagCounts, tagT4 = 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 292

	uncompressed, groupThree, groupFour = 1, 3, 4
)

// directory is what a page says of itself.
type directory struct {
	width, height   int
	bits, samples   int
	compression     int
	whiteIsZero     bool
	reversed        bool // the bits of a byte
	rows            int  // of a strip
	offsets, counts []uint32
	t4              uint32
	tiled           bool
}

func readDirectory(content []byte, at uint32) (d directory, err error) {
	o := order(content)
	d = directory{bits: 1, samples: 1, compression: uncompressed, rows: 1<<31 - 1}
	n := int(o.Uint16(content[at:]))
	for i := range n {
		entry := content[int(at)+2+12*i:][:12]
		values, err := readValues(content, o, entry)
		if err != nil {
			return d, err
		}
		first := 0
		if len(values) > 0 {
			first = int(values[0])
		}
		switch o.Uint16(entry) {
		case tagWidth:
			d.width = first
		case tagHeight:
			d.height = first
		case tagBits:
			d.bits = first
		case tagSamples:
			d.samples = first
		case tagCompression:
			d.compression = first
		case tagPhotometric:
			d.whiteIsZero = first == 0
		case tagFillOrder:
			d.reversed = first == 2
		case tagRows:
			d.rows = first
		case tagStrips:
			d.offsets = values
		case tagCounts:
			d.counts = values
		case tagT4:
			d.t4 = uint32(first)
		case 322, 324:
			d.tiled = true
		}
	}
	return d, nil
}

// readValues reads the whole numbers of a field; other kinds of fields have none.
func readValues(content []byte, o binary.ByteOrder, entry []byte) ([]uint32, error) {
	size := map[uint16]int{1: 1, 3: 2, 4: 4}[o.Uint16(entry[2:])]
	n := int64(o.Uint32(entry[4:]))
	if size == 0 || n == 0 {
		return nil, nil
	}
	data := entry[8:12]
	if n*int64(size) > 4 {
		at := int64(o.Uint32(entry[8:]))
		if at+n*int64(size) > int64(len(content)) {
			return nil, fmt.Errorf("a field outside the file: %w", ErrBroken)
		}
		data = content[at:]
	}
	all := make([]uint32, n)
	for i := range all {
		switch size {
		case 1:
			all[i] = uint32(data[i])
		case 2:
			all[i] = uint32(o.Uint16(data[2*i:]))
		default:
			all[i] = o.Uint32(data[4*i:])
		}
	}
	return all, nil
}

func (d directory) bilevel() bool {
	known := d.compression == uncompressed || d.compression == groupFour || d.compression == groupThree && d.t4&1 == 0
	return d.bits == 1 && d.samples == 1 && !d.tiled && known && len(d.offsets) > 0
}

// shrunk reads a page of two colours strip by strip, each point of the picture being the mean of a square of it.
func (d directory) shrunk(content []byte, width int) (image.Image, error) {
	if d.width <= 0 || d.height <= 0 || d.width > maxBilevel/d.height || d.rows <= 0 {
		return nil, fmt.Errorf("%d by %d points: %w", d.width, d.height, ErrTooLarge)
	}
	if d.compression != uncompressed {
		d.whiteIsZero = false // the decoder writes white as 1, whatever the file calls it
	}
	by := max(d.width/width, 1)
	w, h := (d.width+by-1)/by, (d.height+by-1)/by
	if w > MaxPoints/h {
		return nil, fmt.Errorf("%d by %d points: %w", w, h, ErrTooLarge)
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	black := make([]uint32, w)
	row := make([]byte, (d.width+7)/8)
	y := 0
	for i := 0; y < d.height; i++ {
		strip, err := d.strip(content, i, min(d.rows, d.height-y))
		if err != nil {
			return nil, err
		}
		for range min(d.rows, d.height-y) {
			if _, err := io.ReadFull(strip, row); err != nil {
				return nil, fmt.Errorf("%w: line %d: %w", ErrBroken, y+1, err)
			}
			d.count(row, by, black)
			if y++; y%by == 0 || y == d.height {
				flush(out, (y-1)/by, by, y, d.width, black)
			}
		}
	}
	return out, nil
}

// place is where the bytes of a strip are.
func (d directory) place(content []byte, i int) (from, to int64, err error) {
	if i >= len(d.offsets) {
		return 0, 0, fmt.Errorf("strip %d is missing: %w", i+1, ErrBroken)
	}
	from, to = int64(d.offsets[i]), int64(len(content))
	if i < len(d.counts) {
		to = min(to, from+int64(d.counts[i]))
	}
	if from >= to {
		return 0, 0, fmt.Errorf("strip %d is outside the file: %w", i+1, ErrBroken)
	}
	return from, to, nil
}

// strip gives the packed lines of a strip.
func (d directory) strip(content []byte, i, rows int) (io.Reader, error) {
	from, to, err := d.place(content, i)
	if err != nil {
		return nil, err
	}
	data := io.Reader(bytes.NewReader(content[from:to]))
	if d.compression == uncompressed {
		return data, nil
	}
	bits, form := ccitt.MSB, ccitt.Group4
	if d.reversed {
		bits = ccitt.LSB
	}
	if d.compression == groupThree {
		form = ccitt.Group3
	}
	return ccitt.NewReader(data, bits, form, d.width, rows, nil), nil
}

// count adds the black points of a line to those of the squares that they are in.
func (d directory) count(row []byte, by int, black []uint32) {
	white := byte(0xff)
	if d.whiteIsZero {
		white = 0
	}
	for i, b := range row {
		if b == white {
			continue // most of a page is paper
		}
		for x := i * 8; x < min(i*8+8, d.width); x++ {
			shift := 7 - x&7
			if d.reversed && d.compression == uncompressed {
				shift = x & 7
			}
			if (b>>shift&1 == 1) == d.whiteIsZero {
				black[x/by]++
			}
		}
	}
}

// flush writes a line of the picture.
func flush(out *image.Gray, line, by, y, width int, black []uint32) {
	tall := y - line*by
	for x := range black {
		wide := min(by, width-x*by)
		out.SetGray(x, line, color.Gray{Y: uint8(255 - 255*int(black[x])/(wide*tall))})
		black[x] = 0
	}
}
