package release

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/semver"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/rule"
)

// Kind is that of the parcel that lists the versions; File is what it holds.
const (
	Kind = "versions"
	File = "versions.json"
)

// The rings: who is offered a version first.
const (
	RingPilot   = "pilote"
	RingGeneral = "général"
	RingNone    = "aucune" // the administrator installs the versions
)

// Release is a version that may be installed.
type Release struct {
	Version string   `json:"version"` // 1.2.3
	Day     string   `json:"day"`     // 2026-12-01
	Ring    string   `json:"ring"`
	Share   int      `json:"share"` // of the ring's computers, in hundredths; 0: none yet
	Notes   []string `json:"notes"` // what is new, a sentence each
	// Withdrawn: it is not offered any more, and who has it is told so.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Installers by system, as GOOS/GOARCH.
	Installers map[string]Installer `json:"installers"`
}

// Installer is the parcel that holds a version's installer.
type Installer struct {
	Parcel string `json:"parcel"` // its kind
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

type list struct {
	Releases []Release `json:"releases"`
}

// ErrList tells a list of versions that cannot be read.
var ErrList = errors.New("the list of versions cannot be read")

const maxReleases = 200

// Read reads the list that a parcel holds. Error: ErrList.
func Read(p *parcel.Parcel) ([]Release, error) {
	var l list
	if err := json.Unmarshal(p.Content[File], &l); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if len(l.Releases) > maxReleases {
		return nil, fmt.Errorf("%w: %d versions", ErrList, len(l.Releases))
	}
	for _, r := range l.Releases {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("%w: version %.40q: %w", ErrList, r.Version, err)
		}
	}
	return l.Releases, nil
}

// Write writes the list as Read reads it.
func Write(all []Release) ([]byte, error) {
	text, err := json.MarshalIndent(list{all}, "", "  ")
	if err == nil {
		_, err = Read(&parcel.Parcel{Content: map[string][]byte{File: text}})
	}
	if err != nil {
		return nil, fmt.Errorf("writing the list of versions: %w", err)
	}
	return text, nil
}

func (r Release) check() error {
	if !semver.IsValid("v"+r.Version) || strings.Count(r.Version, ".") != 2 {
		return errors.New("the version is not of three numbers")
	}
	if r.Ring != RingPilot && r.Ring != RingGeneral {
		return fmt.Errorf("ring %.40q", r.Ring)
	}
	if r.Share < 0 || r.Share > 100 {
		return fmt.Errorf("a share of %d", r.Share)
	}
	for system, i := range r.Installers {
		digest, err := hex.DecodeString(i.SHA256)
		if err != nil || len(digest) != sha256.Size || !parcel.ValidKind(i.Parcel) || i.File == "" || path.Base(i.File) != i.File || strings.ContainsAny(i.File, `\:`) {
			return fmt.Errorf("installer for %.40q", system)
		}
	}
	return nil
}

// Computer is the one that asks. ID stays the same from one day to the next, and draws its lot in a share.
type Computer struct {
	Version string // the one that runs
	Ring    string // empty: RingGeneral
	System  string // GOOS/GOARCH
	ID      string
}

// For gives the newest version that a computer is offered; false when there is none.
func For(all []Release, c Computer) (Release, bool) {
	var best Release
	for _, r := range all {
		_, made := r.Installers[c.System]
		if made && !r.Withdrawn && c.concerned(r) && newer(r.Version, c.Version) && (best.Version == "" || newer(r.Version, best.Version)) {
			best = r
		}
	}
	return best, best.Version != ""
}

// Withdrawn tells whether the version that runs is one that the agency took back.
func Withdrawn(all []Release, version string) bool {
	for _, r := range all {
		if r.Version == version && r.Withdrawn {
			return true
		}
	}
	return false
}

// newer compares two versions; one that is not a version («dev») is older than none.
func newer(a, b string) bool {
	return semver.IsValid("v"+b) && semver.Compare("v"+a, "v"+b) > 0
}

func (c Computer) concerned(r Release) bool {
	switch c.Ring {
	case RingNone:
		return false
	case RingPilot: // what is for everybody is for the pilots too
	default:
		if r.Ring != RingGeneral {
			return false
		}
	}
	sum := sha256.Sum256([]byte(r.Version + " " + c.ID))
	return int(binary.BigEndian.Uint64(sum[:8])%100) < r.Share
}

// Content gives the installer that a parcel holds, when it is the one of the list. Error: ErrList.
func (i Installer) Content(p *parcel.Parcel) ([]byte, error) {
	content := p.Content[i.File]
	sum := sha256.Sum256(content)
	if hex.EncodeToString(sum[:]) != strings.ToLower(i.SHA256) {
		return nil, fmt.Errorf("%w: the installer %s is not the one listed", ErrList, i.File)
	}
	return content, nil
}

// Work is what goes on at a computer.
type Work struct {
	Sitting string // the day of a sitting that is being held, in words; empty: none
	Signing bool   // a lot is being signed
}

// MayInstall refuses while something goes on that a new version would cut.
func MayInstall(w Work) error {
	switch {
	case w.Signing:
		return &rule.Refusal{Why: "Une signature est en cours.", Cure: "La mise à jour s’installera quand elle sera finie."}
	case w.Sitting != "":
		return &rule.Refusal{Why: "La séance du " + w.Sitting + " n’est pas levée.", Cure: "Levez-la, ou installez la mise à jour demain."}
	}
	return nil
}
