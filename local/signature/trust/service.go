package trust

import (
	"crypto/x509"
	"slices"
	"time"
)

// Identifiers of TS 119 612 §5.5.1.1 and §5.5.4.
const (
	// QualifiedCA is a service that issues qualified certificates (CA/QC).
	QualifiedCA = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	// QualifiedTSA is a service that makes qualified timestamps (TSA/QTST).
	QualifiedTSA = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
	// Granted is the status of a service that may be relied upon.
	Granted = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// before are the statuses that meant the same before eIDAS (TS 119 612 annex D.4).
var before = []string{
	"http://uri.etsi.org/TrstSvc/Svcstatus/undersupervision", "http://uri.etsi.org/TrstSvc/Svcstatus/supervisionincessation", "http://uri.etsi.org/TrstSvc/Svcstatus/accredited",
	"http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionincessation", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited",
}

// eIDAS is since when Regulation (EU) 910/2014 applies to trust services (art. 52, § 2).
var eIDAS = time.Date(2016, 7, 1, 0, 0, 0, 0, time.UTC)

// Service is a trust service of a trusted list: its certificates are anchors for what was
// made while it was granted.
type Service struct {
	Territory, Provider, Name, Type string
	Certificates                    []*x509.Certificate
	// Statuses are the present one and those of its history (TS 119 612 §5.5.4, §5.6),
	// the newest first.
	Statuses []ServiceStatus
}

// ServiceStatus is a status that a service has had since a time.
type ServiceStatus struct {
	Value string
	Since time.Time
	// Purposes are those of its AdditionalServiceInformation (§5.5.9.4); Qualifications
	// change what its certificates say of themselves (§5.5.9.2).
	Purposes       []string
	Qualifications []Qualification
	// Unknown: it bears a critical extension that is not understood, so that the service may
	// not be relied upon (§5.5.9).
	Unknown bool
}

// At gives the status of a service at a time; false before its first.
func (s *Service) At(at time.Time) (ServiceStatus, bool) {
	for _, x := range s.Statuses {
		if !x.Since.IsZero() && !at.Before(x.Since) {
			return x, true
		}
	}
	return ServiceStatus{}, false
}

// GrantedAt tells whether a service could be relied upon at a time.
func (s *Service) GrantedAt(at time.Time) bool {
	x, ok := s.At(at)
	return ok && !x.Unknown && (x.Value == Granted || slices.Contains(before, x.Value) && at.Before(eIDAS))
}

// LostAfter gives when a service that was granted at a time ceased to be; zero if it never did.
func (s *Service) LostAfter(at time.Time) time.Time {
	for _, x := range slices.Backward(s.Statuses) {
		if x.Since.After(at) && !s.GrantedAt(x.Since) {
			return x.Since
		}
	}
	return time.Time{}
}

// serves tells whether a service answers for certificates of this usage: one that stamps
// answers for timestamps alone.
func (s *Service) serves(usage x509.ExtKeyUsage) bool {
	return s.Type == QualifiedCA || s.Type == QualifiedTSA && usage == x509.ExtKeyUsageTimeStamping
}

// Standing is what trusted lists say of the service at the head of a chain.
type Standing struct {
	// Service is nil when the anchor is trusted by itself, whatever the lists say.
	Service *Service
	// Granted: the service could be relied upon at the time asked for.
	Granted bool
	// Lost is when it ceased to be granted after that time; zero if it never did.
	Lost time.Time
}

// standing tells whether the head of a chain is an anchor at the time asked for.
func (j *Judge) standing(head *x509.Certificate, q Question) (out Standing) {
	if j.isAnchor(head) {
		return Standing{Granted: true}
	}
	for _, s := range j.services[string(head.Raw)] {
		if !s.serves(q.Usage) {
			continue
		}
		found := Standing{Service: s, Granted: s.GrantedAt(q.At), Lost: s.LostAfter(q.At)}
		// Of several services with one key, one that is granted, and still is, tells most.
		if out.Service == nil || found.Granted && !out.Granted || found.Granted == out.Granted && found.Lost.IsZero() {
			out = found
		}
	}
	return out
}

func (j *Judge) isAnchor(c *x509.Certificate) bool {
	return slices.ContainsFunc(j.anchors, func(a *x509.Certificate) bool { return a.Equal(c) })
}
