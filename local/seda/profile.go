package seda

import (
	_ "embed" // the draft profile
	"encoding/json"
	"errors"
	"fmt"
)

// Profile is what the archive asks of transfers: it is agreed with the archivist, and read
// from a file.
type Profile struct {
	// Status is «projet» until the archivist has settled the rest; it is then empty.
	Status string `json:"status,omitempty"`
	// Version of the standard: "2.1" or "2.2".
	Version string `json:"version"`
	// Agreement (ArchivalAgreement) is the contract under which the archive takes transfers;
	// ArchivalProfile and ServiceLevel are left out when empty.
	Agreement       string `json:"agreement"`
	ArchivalProfile string `json:"archivalProfile,omitempty"`
	ServiceLevel    string `json:"serviceLevel,omitempty"`
	// Acquisition is how the archives come in: «Versement».
	Acquisition string `json:"acquisition,omitempty"`
	// ArchivalAgency keeps; Submission hands over, the originating agency itself when empty.
	ArchivalAgency Agency  `json:"archivalAgency"`
	Submission     *Agency `json:"submissionAgency,omitempty"`
	// Rules are by kind of folder; the one of no kind is for all others.
	Rules []KindRules `json:"rules"`
}

// Agency is a service: producing, submitting or archiving.
type Agency struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// KindRules are the management rules of a kind of folder.
type KindRules struct {
	Kind      string    `json:"kind"`
	Appraisal Appraisal `json:"appraisal"`
	Access    Rule      `json:"access"`
}

// Rule is a management rule, by the identifier that the archive knows it under.
type Rule struct {
	ID    string `json:"id"`
	Years int    `json:"years"`
	// Source is the text it comes from; Note is what is to be known besides.
	Source string `json:"source,omitempty"`
	Note   string `json:"note,omitempty"`
}

// Appraisal is how long the documents are of use to the administration (DUA), and what
// becomes of them then.
type Appraisal struct {
	Rule
	// Final is «Keep» or «Destroy».
	Final string `json:"final"`
}

// ErrProfile: a profile that does not say what a transfer needs.
var ErrProfile = errors.New("not an archive profile")

// MaxProfile is more than any profile.
const MaxProfile = 256 << 10

//go:embed projet.json
var draft []byte

// Draft is the profile that comes with the program, to be settled with the archivist.
func Draft() Profile {
	p, err := ReadProfile(draft)
	if err != nil {
		panic(err) // it is part of the program, and tested
	}
	return p
}

// DraftText is Draft as the file it is read from, to be corrected by the archivist.
func DraftText() []byte { return append([]byte(nil), draft...) }

// ReadProfile reads a profile. Error: ErrProfile.
func ReadProfile(text []byte) (Profile, error) {
	var p Profile
	if len(text) > MaxProfile {
		return p, fmt.Errorf("%w: %d bytes", ErrProfile, len(text))
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%w: %w", ErrProfile, err)
	}
	return p, p.check()
}

func (p Profile) check() error {
	switch {
	case namespaces[p.Version] == "":
		return fmt.Errorf("%w: version %q", ErrProfile, p.Version)
	case token(p.Agreement) == "":
		return fmt.Errorf("%w: no agreement", ErrProfile)
	case token(p.ArchivalAgency.ID) == "":
		return fmt.Errorf("%w: no archival agency", ErrProfile)
	case p.Submission != nil && token(p.Submission.ID) == "":
		return fmt.Errorf("%w: a submission agency without identifier", ErrProfile)
	}
	others := false
	for _, r := range p.Rules {
		others = others || r.Kind == ""
		if token(r.Appraisal.ID) == "" || token(r.Access.ID) == "" {
			return fmt.Errorf("%w: a rule of %q without identifier", ErrProfile, r.Kind)
		}
		if r.Appraisal.Final != "Keep" && r.Appraisal.Final != "Destroy" {
			return fmt.Errorf("%w: final action %q", ErrProfile, r.Appraisal.Final)
		}
	}
	if !others {
		return fmt.Errorf("%w: no rule for the other kinds", ErrProfile)
	}
	return nil
}

// RulesOf gives the rules of a kind of folder.
func (p Profile) RulesOf(kind string) KindRules {
	var others KindRules
	for _, r := range p.Rules {
		if r.Kind == kind {
			return r
		}
		if r.Kind == "" {
			others = r
		}
	}
	return others
}

// submission is who hands over.
func (p Profile) submission(originating Agency) Agency {
	if p.Submission != nil {
		return *p.Submission
	}
	return originating
}
