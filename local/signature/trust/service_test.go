package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
)

const (
	withdrawn  = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
	accredited = "http://uri.etsi.org/TrstSvc/Svcstatus/accredited"
	supervised = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision"
	info       = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestStatusAtATime: a service counts for what it was at the time, by its present status
// (§5.5.4, §5.5.5) and those of its history (§5.6).
func TestStatusAtATime(t *testing.T) {
	s := trust.Service{Type: trust.QualifiedCA, Statuses: []trust.ServiceStatus{
		{Value: withdrawn, Since: day(t, "2026-03-01")}, {Value: trust.Granted, Since: day(t, "2018-01-01")},
		{Value: accredited, Since: day(t, "2010-01-01")}, {Value: supervised, Since: day(t, "2008-01-01")},
	}}
	for _, row := range []struct {
		at, clause string
		granted    bool
		lost       string
	}{
		{"2007-12-31", "§5.5.5: before its first status", false, "2016-07-01"},
		{"2009-01-01", "annex D.4: under supervision", true, ""},
		{"2015-12-31", "annex D.4: accredited", true, ""},
		{"2017-06-01", "annex D.4: those statuses say nothing once eIDAS applies", false, ""},
		{"2018-01-01", "§5.6.5: the first day of a status", true, "2026-03-01"},
		{"2026-02-28", "§5.6.4: granted in its history", true, "2026-03-01"},
		{"2026-03-01", "§5.5.4: withdrawn", false, ""},
	} {
		at := day(t, row.at)
		if got := s.GrantedAt(at); got != row.granted {
			t.Errorf("%s (%s): %v", row.at, row.clause, got)
		}
		if row.granted && row.lost != "" && !s.LostAfter(at).Equal(day(t, row.lost)) {
			t.Errorf("%s: lost on %v", row.at, s.LostAfter(at))
		}
	}
	s.Statuses[1].Unknown = true
	if s.GrantedAt(day(t, "2026-02-28")) {
		t.Error("§5.5.9: a critical extension that is not understood was passed over")
	}
	undated := trust.Service{Statuses: []trust.ServiceStatus{{Value: trust.Granted}}}
	if undated.GrantedAt(day(t, "2026-02-28")) {
		t.Error("§5.5.5: a status without a time")
	}
}

// statements are those of EN 319 412-5, by the ends of their identifiers.
func statements(t *testing.T, ids ...string) pkix.Extension {
	t.Helper()
	var all []any
	for _, id := range ids {
		switch id {
		case "compliance":
			all = append(all, struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}})
		case "device":
			all = append(all, struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}})
		default:
			n := map[string]int{"esign": 1, "eseal": 2, "web": 3}[id]
			all = append(all, struct {
				ID    asn1.ObjectIdentifier
				Types []asn1.ObjectIdentifier
			}{asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, n}}})
		}
	}
	var body []byte
	for _, one := range all {
		der, err := asn1.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, der...)
	}
	der, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true, Bytes: body})
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: der}
}

// TestQuality: a certificate is qualified when the list proves it, at its issuance and when it
// was used (TS 119 615 §4.4, §4.5; TS 119 612 §5.5.9.2, §5.5.9.4; EN 319 412-5).
func TestQuality(t *testing.T) {
	a := testpki.New(t)
	at := testpki.Start
	now := func(purposes []string, qs ...trust.Qualification) []trust.ServiceStatus {
		var full []string
		for _, p := range purposes {
			full = append(full, info+p)
		}
		return []trust.ServiceStatus{{Value: trust.Granted, Since: at.AddDate(-5, 0, 0), Purposes: full, Qualifications: qs}}
	}
	esig, both := []string{"ForeSignatures"}, []string{"ForeSignatures", "ForeSeals"}
	signing := trust.Criteria{Assert: "all", KeyUsages: []map[string]bool{{"nonRepudiation": true}}}
	say := func(c trust.Criteria, names ...string) trust.Qualification {
		return trust.Qualification{Qualifiers: names, Criteria: c}
	}
	type want struct {
		qualified bool
		purpose   trust.Purpose
		device    bool
	}
	for name, row := range map[string]struct {
		says     []string
		services [][]trust.ServiceStatus
		want     want
	}{
		"EN 319 412-5 §4.2.1, §4.2.2: compliance, device": {[]string{"compliance", "device", "esign"}, [][]trust.ServiceStatus{now(esig)}, want{true, trust.ForSignature, true}},
		"without a device":                              {[]string{"compliance", "esign"}, [][]trust.ServiceStatus{now(esig)}, want{true, trust.ForSignature, false}},
		"§4.2.3: without a type, for signatures":        {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig)}, want{true, trust.ForSignature, false}},
		"says nothing of itself":                        {nil, [][]trust.ServiceStatus{now(esig)}, want{false, trust.ForSignature, false}},
		"no list":                                       {[]string{"compliance", "device", "esign"}, nil, want{}},
		"a seal of a service for signatures (§5.5.9.4)": {[]string{"compliance", "device", "eseal"}, [][]trust.ServiceStatus{now(esig)}, want{}},
		"a seal":                       {[]string{"compliance", "device", "eseal"}, [][]trust.ServiceStatus{now(both)}, want{true, trust.ForSeal, true}},
		"§5.5.9.2.3: NotQualified":     {[]string{"compliance", "device"}, [][]trust.ServiceStatus{now(esig, say(signing, "NotQualified"))}, want{false, trust.ForSignature, false}},
		"QCStatement":                  {nil, [][]trust.ServiceStatus{now(esig, say(signing, "QCStatement"))}, want{true, trust.ForSignature, false}},
		"QCStatement and NotQualified": {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCStatement", "NotQualified"))}, want{}},
		"QCWithQSCD":                   {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCWithQSCD"))}, want{true, trust.ForSignature, true}},
		"QCNoQSCD":                     {[]string{"compliance", "device"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCNoQSCD"))}, want{true, trust.ForSignature, false}},
		"QCWithQSCD and QCNoQSCD":      {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCNoQSCD", "QCWithQSCD"))}, want{}},
		"QCWithSSCD counts for certificates of before eIDAS alone": {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCWithSSCD"))}, want{true, trust.ForSignature, false}},
		"QCForESeal":                                                 {[]string{"compliance"}, [][]trust.ServiceStatus{now(both, say(signing, "QCForESeal"))}, want{true, trust.ForSeal, false}},
		"§5.5.9.2.2: criteria not met":                               {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(trust.Criteria{Assert: "none", KeyUsages: signing.KeyUsages}, "QCWithQSCD"))}, want{true, trust.ForSignature, false}},
		"criteria that cannot be told":                               {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(trust.Criteria{Assert: "all", Unknown: true}, "QCWithQSCD"))}, want{}},
		"one of which is not met all the same":                       {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(trust.Criteria{Assert: "all", Unknown: true, Policies: [][]string{{"1.2.3"}}}, "QCWithQSCD"))}, want{true, trust.ForSignature, false}},
		"an attribute of the subject, within":                        {[]string{"compliance"}, [][]trust.ServiceStatus{now(esig, say(trust.Criteria{Assert: "atLeastOne", Nested: []trust.Criteria{{Assert: "all", Attributes: [][]string{{"2.5.4.10"}}}}}, "QCWithQSCD"))}, want{true, trust.ForSignature, true}},
		"TS 119 615 §4.4: granted since its issuance only":           {[]string{"compliance"}, [][]trust.ServiceStatus{{{Value: trust.Granted, Since: at, Purposes: []string{info + "ForeSignatures"}}}}, want{}},
		"withdrawn when it was used":                                 {[]string{"compliance"}, [][]trust.ServiceStatus{append([]trust.ServiceStatus{{Value: withdrawn, Since: at}}, now(esig)...)}, want{}},
		"two services of one key, each for its purpose":              {[]string{"compliance", "esign"}, [][]trust.ServiceStatus{now([]string{"ForeSeals"}), now(esig)}, want{true, trust.ForSignature, false}},
		"two services of one key that contradict each other":         {[]string{"compliance", "esign"}, [][]trust.ServiceStatus{now(esig, say(signing, "QCWithQSCD")), now(esig)}, want{}},
		"two services of one key, of which one cannot be told from ": {[]string{"compliance", "esign"}, [][]trust.ServiceStatus{now(esig, say(trust.Criteria{}, "NotQualified")), now(esig)}, want{}},
	} {
		who := a.Issue(a.Issuing, testpki.EC(t), "Élise Dupuy", 2, func(c *x509.Certificate) {
			c.KeyUsage = x509.KeyUsageContentCommitment
			if row.says != nil {
				c.ExtraExtensions = []pkix.Extension{statements(t, row.says...)}
			}
		})
		var services []*trust.Service
		for _, statuses := range row.services {
			services = append(services, &trust.Service{Name: "AC", Type: trust.QualifiedCA, Certificates: []*x509.Certificate{a.Issuing.Cert}, Statuses: statuses})
		}
		j := trust.NewJudge(a.Anchors(), trust.Evidence{}, services...)
		q := j.Quality([]*x509.Certificate{who.Cert, a.Issuing.Cert, a.Root.Cert}, at)
		if got := (want{q.Qualified, q.Purpose, q.Device}); got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}
