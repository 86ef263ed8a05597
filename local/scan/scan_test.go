package scan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/image/tiff"

	"alpi40.fr/airial/local/scan"
)

// bilevel makes a TIFF of two colours without compression, of one page a square, whose black band is in the middle.
func bilevel(sides ...int) []byte {
	var b bytes.Buffer
	le := binary.LittleEndian
	b.WriteString("II*\x00")
	b.Write([]byte{0, 0, 0, 0})
	next := 4 // where the place of the next directory is written
	for _, side := range sides {
		stride := (side + 7) / 8
		data := b.Len()
		row := make([]byte, stride)
		for y := range side {
			for i := range row {
				row[i] = 0
				if y >= side/4 && y < side/2 {
					row[i] = 0xff
				}
			}
			b.Write(row)
		}
		if b.Len()%2 == 1 {
			b.WriteByte(0)
		}
		at := b.Len()
		le.PutUint32(b.Bytes()[next:], uint32(at))
		entries := [][2]uint32{{256, uint32(side)}, {257, uint32(side)}, {258, 1}, {259, 1}, {262, 0}, {273, uint32(data)}, {277, 1}, {278, uint32(side)}, {279, uint32(stride * side)}}
		_ = binary.Write(&b, le, uint16(len(entries)))
		for _, e := range entries {
			_ = binary.Write(&b, le, uint16(e[0]))
			_ = binary.Write(&b, le, uint16(4))
			_ = binary.Write(&b, le, uint32(1))
			_ = binary.Write(&b, le, e[1])
		}
		next = b.Len()
		b.Write([]byte{0, 0, 0, 0})
	}
	return b.Bytes()
}

func gray(t *testing.T, img image.Image, x, y int) uint8 {
	t.Helper()
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
}

// A page of two colours at 600 dots an inch is shown whatever its size: AIRIAL_SCAN_MB makes it of 200 MB, a picture that
// would take 1.6 GB decoded whole.
func TestAPageOfTwoColoursIsShownWhateverItsSize(t *testing.T) {
	megabytes := 4
	if text := os.Getenv("AIRIAL_SCAN_MB"); text != "" {
		megabytes, _ = strconv.Atoi(text)
	}
	side := 8
	for side*side/8 < megabytes<<20 {
		side += 64
	}
	content := bilevel(side)
	img, err := scan.Render(content, 0, 900)
	if err != nil {
		t.Fatal(err)
	}
	w := img.Bounds().Dx()
	if w < 900 || w > 1800 {
		t.Errorf("%d points wide", w)
	}
	if paper, ink := gray(t, img, w/2, w/8), gray(t, img, w/2, w*3/8); paper != 255 || ink != 0 {
		t.Errorf("paper %d, ink %d", paper, ink)
	}
}

func TestSeveralPagesInOneFile(t *testing.T) {
	content := bilevel(64, 200, 120)
	if n := scan.Pages(content); n != 3 {
		t.Fatalf("%d pages", n)
	}
	for page, side := range []int{64, 200, 120} {
		img, err := scan.Render(content, page, 4000)
		if err != nil || img.Bounds().Dx() != side {
			t.Errorf("page %d: %v", page+1, err)
		}
	}
	if _, err := scan.Render(content, 3, 100); !errors.Is(err, scan.ErrBroken) {
		t.Errorf("a page that is not there: %v", err)
	}
	// In colours, by the decoder.
	var b bytes.Buffer
	if err := tiff.Encode(&b, image.NewRGBA(image.Rect(0, 0, 30, 20)), &tiff.Options{Compression: tiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	if img, err := scan.Render(b.Bytes(), 0, 100); err != nil || img.Bounds().Dx() != 30 {
		t.Errorf("%v", err)
	}
	b.Reset()
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 7, 9))); err != nil {
		t.Fatal(err)
	}
	if img, err := scan.Render(b.Bytes(), 0, 100); err != nil || img.Bounds().Dy() != 9 || scan.Pages(b.Bytes()) != 1 {
		t.Errorf("%v", err)
	}
}

// What ImageMagick writes, compressed and in several pages, is shown.
func TestScansOfOtherPrograms(t *testing.T) {
	if _, err := exec.LookPath("convert"); err != nil {
		t.Skip("convert is not installed")
	}
	for _, compression := range []string{"Group4", "None", "LZW", "Zip"} {
		path := filepath.Join(t.TempDir(), "page.tif")
		if out, err := exec.Command("convert", "-size", "300x400", "xc:white", "-fill", "black", "-draw", "rectangle 0,100 299,199", "-duplicate", "1", "-monochrome", "-compress", compression, path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if scan.Pages(content) != 2 {
			t.Errorf("%s: %d pages", compression, scan.Pages(content))
		}
		for page := range 2 {
			img, err := scan.Render(content, page, 100)
			if err != nil {
				t.Errorf("%s, page %d: %v", compression, page+1, err)
				continue
			}
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if paper, ink := gray(t, img, w/2, h/8), gray(t, img, w/2, h*3/8); paper < 200 || ink > 50 {
				t.Errorf("%s: paper %d, ink %d", compression, paper, ink)
			}
		}
	}
}

func TestWhatCannotBeShown(t *testing.T) {
	good := bilevel(64)
	circle := bytes.Clone(bilevel(64, 64))
	first := binary.LittleEndian.Uint32(circle[4:])
	binary.LittleEndian.PutUint32(circle[int(first)+2+9*12:], first)
	if scan.Pages(circle) != 1 {
		t.Error("a file that turns in circles")
	}
	huge := bytes.Clone(good)
	at := binary.LittleEndian.Uint32(huge[4:])
	binary.LittleEndian.PutUint32(huge[at+2+8:], 1<<30)
	binary.LittleEndian.PutUint32(huge[at+2+12+8:], 1<<30)
	if _, err := scan.Render(huge, 0, 100); !errors.Is(err, scan.ErrTooLarge) {
		t.Errorf("huge: %v", err)
	}
	for name, content := range map[string][]byte{"nothing": nil, "a text": []byte("bonjour"), "a head": good[:8], "cut": good[:20]} {
		if _, err := scan.Render(content, 0, 100); !errors.Is(err, scan.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(bilevel(8, 16), 0)
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01"), 1)
	f.Fuzz(func(t *testing.T, content []byte, page int) {
		if len(content) > 1<<16 {
			return
		}
		if img, err := scan.Render(content, page%4, 50); err == nil && img == nil {
			t.Error("neither a picture nor an error")
		}
		scan.Fax(content, page%4)
	})
}
