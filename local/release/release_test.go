package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/rule"
)

const windows = "windows/amd64"

func made(version, ring string, share int) Release {
	return Release{Version: version, Day: "2026-12-01", Ring: ring, Share: share, Installers: map[string]Installer{
		windows: {Parcel: "installer-windows-amd64", File: "airial-" + version + ".msi", SHA256: strings.Repeat("ab", 32)}}}
}

func TestWhoIsOfferedWhat(t *testing.T) {
	withdrawn := made("0.4.0", RingGeneral, 100)
	withdrawn.Withdrawn = true
	linux := made("0.9.0", RingGeneral, 100)
	linux.Installers = map[string]Installer{"linux/amd64": {Parcel: "x", File: "a.deb", SHA256: strings.Repeat("ab", 32)}}
	all := []Release{made("0.2.0", RingGeneral, 100), made("0.10.0", RingPilot, 100), made("0.3.0", RingGeneral, 100), withdrawn, linux, made("0.11.0", RingPilot, 0)}
	for _, c := range []struct {
		name string
		c    Computer
		want string
	}{
		{"everybody", Computer{Version: "0.1.0", System: windows}, "0.3.0"},
		{"the pilot group, numbers and not letters", Computer{Version: "0.1.0", Ring: RingPilot, System: windows}, "0.10.0"},
		{"the administrator installs", Computer{Version: "0.1.0", Ring: RingNone, System: windows}, ""},
		{"up to date", Computer{Version: "0.3.0", System: windows}, ""},
		{"ahead: never back", Computer{Version: "0.12.0", Ring: RingPilot, System: windows}, ""},
		{"another system", Computer{Version: "0.1.0", System: "linux/amd64"}, "0.9.0"},
		{"no installer for it", Computer{Version: "0.1.0", System: "darwin/arm64"}, ""},
		{"a developer's", Computer{Version: "dev", System: windows}, ""},
	} {
		got, ok := For(all, c.c)
		if got.Version != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", c.name, got.Version)
		}
	}
	if !Withdrawn(all, "0.4.0") || Withdrawn(all, "0.3.0") {
		t.Error("withdrawn")
	}
}

// A share is of the computers, always the same ones, and grows without leaving any behind.
func TestShare(t *testing.T) {
	count := func(share int) map[string]bool {
		offered := map[string]bool{}
		for i := range 1000 {
			id := fmt.Sprint("computer", i)
			if _, ok := For([]Release{made("0.2.0", RingGeneral, share)}, Computer{Version: "0.1.0", System: windows, ID: id}); ok {
				offered[id] = true
			}
		}
		return offered
	}
	tenth, half := count(10), count(50)
	if len(tenth) < 70 || len(tenth) > 130 || len(half) < 440 || len(half) > 560 {
		t.Errorf("10 %%: %d, 50 %%: %d of 1000", len(tenth), len(half))
	}
	for id := range tenth {
		if !half[id] {
			t.Fatalf("%s was offered the version, then not", id)
		}
	}
	if len(count(0)) != 0 || len(count(100)) != 1000 {
		t.Error("none, all")
	}
}

func TestListsThatAreNotTaken(t *testing.T) {
	change := func(f func(*Release)) []Release {
		r := made("0.2.0", RingGeneral, 100)
		f(&r)
		return []Release{r}
	}
	for name, all := range map[string][]Release{
		"a version in words":     change(func(r *Release) { r.Version = "dernière" }),
		"two numbers":            change(func(r *Release) { r.Version = "0.2" }),
		"an unknown ring":        change(func(r *Release) { r.Ring = "tous" }),
		"a share of 130":         change(func(r *Release) { r.Share = 130 }),
		"a file elsewhere":       change(func(r *Release) { r.Installers[windows] = Installer{"x", "../a.msi", strings.Repeat("ab", 32)} }),
		"a file of another disk": change(func(r *Release) { r.Installers[windows] = Installer{"x", `C:\a.msi`, strings.Repeat("ab", 32)} }),
		"half a digest":          change(func(r *Release) { r.Installers[windows] = Installer{"x", "a.msi", "abab"} }),
		"too many":               make([]Release, maxReleases+1),
	} {
		if _, err := Write(all); !errors.Is(err, ErrList) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(&parcel.Parcel{}); !errors.Is(err, ErrList) {
		t.Errorf("nothing: %v", err)
	}
}

func TestInstallerIsTheOneListed(t *testing.T) {
	sum := sha256.Sum256([]byte("programme"))
	i := Installer{Parcel: "x", File: "a.msi", SHA256: hex.EncodeToString(sum[:])}
	if got, err := i.Content(&parcel.Parcel{Content: map[string][]byte{"a.msi": []byte("programme")}}); err != nil || string(got) != "programme" {
		t.Error(err)
	}
	for _, content := range []map[string][]byte{{"a.msi": []byte("autre")}, {"b.msi": []byte("programme")}, nil} {
		if _, err := i.Content(&parcel.Parcel{Content: content}); !errors.Is(err, ErrList) {
			t.Errorf("%v: %v", content, err)
		}
	}
}

func TestNothingIsCut(t *testing.T) {
	if err := MayInstall(Work{}); err != nil {
		t.Error(err)
	}
	for _, w := range []Work{{Sitting: "mardi 3 mars 2026"}, {Signing: true}} {
		if rule.Find(MayInstall(w)) == nil {
			t.Errorf("%+v is cut", w)
		}
	}
}

func FuzzRead(f *testing.F) {
	text, err := Write([]Release{made("0.2.0", RingGeneral, 100)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Read(&parcel.Parcel{Content: map[string][]byte{File: text}})
		if err != nil {
			return
		}
		if r, ok := For(all, Computer{Version: "0.1.0", Ring: RingPilot, System: windows}); ok && !newer(r.Version, "0.1.0") {
			t.Errorf("offered: %q", r.Version)
		}
	})
}
