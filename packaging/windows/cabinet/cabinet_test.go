package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Another program takes out of the cabinet what was put in, whatever it is made of, and less room is taken than before.
func TestOthersReadTheCabinet(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, 200_000)
	chance.Read(noise)
	text := bytes.Repeat([]byte("Le conseil municipal, après en avoir délibéré. "), 3000)
	alike := bytes.Clone(text)
	copy(alike[50_000:], noise[:frame]) // a frame unlike those around it
	for name, content := range map[string][]byte{
		"nothing": nil, "a byte": {0xe8}, "eleven calls": bytes.Repeat([]byte{0xe8}, 11), "one byte again": make([]byte, 100_000), "noise": noise, "text": text, "noise in text": alike,
		"a whole frame": text[:frame], "a frame and a byte": text[:frame+1], "code": code[:min(len(code), 6<<20)], "far away": append(append(bytes.Clone(noise), make([]byte, farthest-len(noise))...), noise...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			from, to := filepath.Join(dir, "mszip.cab"), filepath.Join(dir, "lzx.cab")
			before := mszip(t, content)
			if err := os.WriteFile(from, before, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := rewrite(from, to); err != nil {
				t.Fatal(err)
			}
			after, err := os.Stat(to)
			if err != nil {
				t.Fatal(err)
			}
			if name == "code" && after.Size() > int64(len(before))*9/10 {
				t.Errorf("%d bytes, of %d compressed by MSZIP", after.Size(), len(before))
			}
			for _, reader := range [][]string{{"cabextract", "-q", "-d", dir, to}, {"bsdtar", "-xf", to, "-C", dir}} {
				if _, err := exec.LookPath(reader[0]); err != nil {
					t.Logf("%s is not installed", reader[0])
					continue
				}
				if out, err := exec.Command(reader[0], reader[1:]...).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", reader[0], err, out)
				}
				found, err := os.ReadFile(filepath.Join(dir, "Airial"))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(found, content) {
					t.Errorf("%s finds something else", reader[0])
				}
				if err := os.Remove(filepath.Join(dir, "Airial")); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What is no cabinet, or one cut short, is refused.
func TestOtherFilesAreRefused(t *testing.T) {
	whole := mszip(t, bytes.Repeat([]byte("abc"), 30_000))
	for cut := range len(whole) {
		if _, err := parse(whole[:cut]); err == nil {
			t.Fatalf("%d of %d bytes are taken for a cabinet", cut, len(whole))
		}
	}
	if _, err := parse(bytes.Repeat([]byte("MSCF"), 50)); err == nil {
		t.Error("something else is taken for a cabinet")
	}
}

// mszip is a cabinet as wixl makes it, of one file.
func mszip(t *testing.T, content []byte) []byte {
	t.Helper()
	le := binary.LittleEndian
	var blocks []byte
	n := 0
	for start := 0; start < len(content); start += frame {
		piece := content[start:min(start+frame, len(content))]
		var block bytes.Buffer
		block.WriteString("CK")
		w, err := flate.NewWriterDict(&block, 9, content[max(0, start-frame):start])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(piece); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sizes := le.AppendUint16(le.AppendUint16(nil, uint16(block.Len())), uint16(len(piece)))
		blocks = le.AppendUint32(blocks, checksum(sizes, checksum(block.Bytes(), 0)))
		blocks = append(append(blocks, sizes...), block.Bytes()...)
		n++
	}
	file := le.AppendUint32(nil, uint32(len(content)))
	file = le.AppendUint32(file, 0)
	for _, v := range []uint16{0, 0x5d7d, 0x1000, 0x20} {
		file = le.AppendUint16(file, v)
	}
	file = append(file, "Airial\x00"...)
	data := headerSize + folderSize + len(file)
	b := append([]byte("MSCF"), make([]byte, 4)...)
	b = le.AppendUint32(b, uint32(data+len(blocks)))
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), headerSize+folderSize), 0)
	b = append(b, 3, 1)
	for _, v := range []uint16{1, 1, 0, 0, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, uint32(data))
	b = le.AppendUint16(le.AppendUint16(b, uint16(n)), methodMSZIP)
	return append(append(b, file...), blocks...)
}
