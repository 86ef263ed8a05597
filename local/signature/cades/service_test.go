package cades_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

const withdrawn = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"

// TestServiceAtTheTimeOfTheSignature: what the issuer was when the signature was made counts,
// where that time is proved (TS 119 612 §5.5.4, §5.6; EN 319 102-1 §5.5); else what it is now.
func TestServiceAtTheTimeOfTheSignature(t *testing.T) {
	a, stamps := testpki.New(t), testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	start, now := testpki.Start, testpki.Start.Add(10*day)
	granted := trust.ServiceStatus{Value: trust.Granted, Since: start.Add(-1000 * day)}
	lost := func(at time.Time) []trust.ServiceStatus {
		return []trust.ServiceStatus{{Value: withdrawn, Since: at}, granted}
	}
	for name, row := range map[string]struct {
		stamped  time.Time // zero: not at all
		kind     string
		statuses []trust.ServiceStatus
		anchors  []*x509.Certificate
		want     trust.Indication
		sub      trust.SubIndication
		outcomes []validation.Outcome
		says     string
	}{
		"§5.5.4 granted, no proof of time":             {time.Time{}, trust.QualifiedCA, []trust.ServiceStatus{granted}, nil, trust.Passed, "", []validation.Outcome{validation.Checked}, "accordé le 12/03/2026"},
		"§5.6 withdrawn since, the time is proved":     {start, trust.QualifiedCA, lost(start.Add(5 * day)), nil, trust.Passed, "", []validation.Outcome{validation.Checked, validation.Noted}, "n’est plus accordé depuis le 07/03/2026"},
		"§5.6 withdrawn since, nothing proves it":      {time.Time{}, trust.QualifiedCA, lost(start.Add(5 * day)), nil, trust.Indeterminate, trust.NoCertificateChain, []validation.Outcome{validation.Unchecked}, "rien ne prouve"},
		"§5.6 withdrawn before the proved time":        {start, trust.QualifiedCA, lost(start.Add(-time.Hour)), nil, trust.Indeterminate, trust.NoCertificateChain, []validation.Outcome{validation.Refuted}, "n’était pas accordé le 02/03/2026"},
		"§5.5.5 granted after the proved time":         {start, trust.QualifiedCA, []trust.ServiceStatus{{Value: trust.Granted, Since: start.Add(day)}}, nil, trust.Indeterminate, trust.NoCertificateChain, []validation.Outcome{validation.Refuted}, "n’était pas accordé"},
		"§5.5.1.1 a service that stamps, for a person": {time.Time{}, trust.QualifiedTSA, []trust.ServiceStatus{granted}, nil, trust.Indeterminate, trust.NoCertificateChain, nil, ""},
		"withdrawn, but its root is trusted by itself": {time.Time{}, trust.QualifiedCA, lost(start), a.Anchors(), trust.Passed, "", nil, ""},
	} {
		raised := der
		if !row.stamped.IsZero() {
			stamps.Now = row.stamped
			if raised, err = cades.Stamp(t.Context(), der, sources(stamps)); err != nil {
				t.Fatal(err)
			}
		}
		a.Now, stamps.Now = now, now
		o := options(t, a, who, content)
		others := options(t, stamps, who, nil)
		o.Evidence.Add(others.Evidence)
		o.Now, o.Anchors = now, append(stamps.Anchors(), row.anchors...)
		o.Services = []*trust.Service{{Territory: "FR", Name: "AC d’essai", Type: row.kind, Certificates: []*x509.Certificate{a.Issuing.Cert}, Statuses: row.statuses}}
		v := one(t, raised, o)
		var outcomes []validation.Outcome
		said := ""
		for _, f := range v.Findings {
			if f.Code == validation.CodeService {
				outcomes = append(outcomes, f.Outcome)
				said += f.French()
			}
		}
		if v.Indication != row.want || v.Sub != row.sub || !slices.Equal(outcomes, row.outcomes) || !strings.Contains(said, row.says) {
			t.Errorf("%s: %s %s (%s) %v\n%s", name, v.Indication, v.Sub, v.Why, outcomes, said)
		}
	}
}
