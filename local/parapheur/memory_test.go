package parapheur_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
)

// scan is a PDF of the size of a long scan: pages of one megabyte each.
func scan(size int) []byte {
	const page = 1 << 20
	pages := max(size/page, 1)
	var out bytes.Buffer
	out.Grow(size + size/100 + 1<<20)
	var offsets []int
	object := func(head string, stream int) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s", len(offsets), head)
		if stream > 0 {
			out.WriteString("\nstream\n")
			state := uint32(len(offsets))
			for range stream {
				state = state*1664525 + 1013904223
				out.WriteByte(byte(state >> 24))
			}
			out.WriteString("\nendstream")
		}
		out.WriteString("\nendobj\n")
	}
	out.WriteString("%PDF-1.7\n")
	object("<</Type/Catalog/Pages 2 0 R>>", 0)
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 3+2*i)
	}
	object(fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), pages), 0)
	for i := range pages {
		object(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I %d 0 R>>>>>>", 4+2*i), 0)
		object(fmt.Sprintf("<</Type/XObject/Subtype/Image/Width 1024/Height 1024/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>", page), page)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f\r\n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n\r\n", at)
	}
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return out.Bytes()
}

// peak runs do and gives how much more memory the process held at its most, in MiB.
func peak(b *testing.B, do func()) float64 {
	b.Helper()
	debug.FreeOSMemory()
	before := status(b, "VmRSS")
	// 5 sets the peak back to what is held now (proc(5)).
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("this system does not tell the peak of a process")
	}
	do()
	return float64(status(b, "VmHWM")-before) / 1024
}

func status(b *testing.B, key string) (kib int) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("this system does not tell the memory of a process")
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, key+":"); found {
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				b.Fatal(err)
			}
		}
	}
	return kib
}

// BenchmarkMemory tells how much memory is held at the most, in MiB, while folders are
// imported, checked and signed, and timestamped: one with a scan of 300 MB, then a lot of 500.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name         string
		folders, mib int
	}{{"scan-300MB", 1, 285}, {"lot-500", parapheur.MaxLot, 1}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				remember(b, c.folders, c.mib<<20)
			}
		})
	}
}

func remember(b *testing.B, folders, size int) {
	ctx := context.Background()
	l := newLaptop(b, "pc")
	l.people(b)
	a := testpki.New(b)
	signer := a.Person("FICTIVE Maïté", testpki.RSA(b, 3072))
	var lot []parapheur.SeenFolder
	importing := peak(b, func() {
		content := scan(size)
		for i := range folders {
			id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: fmt.Sprintf("Dossier %d", i), Kind: parapheur.Letter, Route: route[1:], Files: []parapheur.File{{Name: "scan.pdf", Content: fmt.Append(content[:len(content):cap(content)], i, "\n")}}})
			if err == nil {
				err = l.Send(ctx, "secretaire", id)
			}
			if err != nil {
				b.Fatal(err)
			}
			lot = append(lot, parapheur.SeenFolder{ID: id, Seen: l.seen(b, id)})
		}
	})
	checking := peak(b, func() {
		failed, err := l.CheckLot(ctx, "maire", lot, signer.Cert)
		if err != nil || len(failed) > 0 {
			b.Fatal(failed, err)
		}
	})
	signing := peak(b, func() {
		results, err := l.Sign(ctx, "maire", parapheur.Lot{Folders: lot, Signer: signer, Place: "Essai", Device: "pc"}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	})
	raising := peak(b, func() {
		n, err := l.Raise(ctx, "maire", func(ctx context.Context, content []byte, _ bool) ([]byte, signature.Level, error) {
			return pades.Archive(ctx, content, pades.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors(), InPlace: true})
		})
		if err != nil || n != folders {
			b.Fatal(n, err)
		}
	})
	b.ReportMetric(importing, "MiB-import")
	b.ReportMetric(checking, "MiB-check")
	b.ReportMetric(signing, "MiB-sign")
	b.ReportMetric(raising, "MiB-timestamp")
}
