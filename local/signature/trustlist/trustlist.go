// Package trustlist reads the trusted lists by which member states say which trust services
// they have granted (ETSI TS 119 612), and checks their signature, without network.
package trustlist

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
)

// The reasons for which a list is not believed; those of xmltree.Parse come as well.
var (
	// ErrNotList: XML of another kind, or a list whose head cannot be read.
	ErrNotList = errors.New("the file is not a trusted list")
	// ErrSignature: nobody among those expected has signed the whole list.
	ErrSignature = errors.New("the trusted list is not signed by those who answer for it")
)

const tsl = "http://uri.etsi.org/02231/v2#"

// Identifiers of TS 119 612 §5.5.
const (
	// QualifiedCA is a service that issues qualified certificates (CA/QC).
	QualifiedCA = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	// Granted is the status of a service that may be relied upon.
	Granted = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// before are the statuses that meant the same before eIDAS (1 July 2016).
var before = []string{
	"http://uri.etsi.org/TrstSvc/Svcstatus/undersupervision", "http://uri.etsi.org/TrstSvc/Svcstatus/supervisionincessation", "http://uri.etsi.org/TrstSvc/Svcstatus/accredited",
	"http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionincessation", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited",
}

// List is a trusted list.
type List struct {
	Territory string // «FR»
	Sequence  int
	Issued    time.Time
	// NextUpdate is until when it may be relied upon; zero for a closed list.
	NextUpdate time.Time
	Services   []Service
}

// Service is a trust service with its statuses, the present one first.
type Service struct {
	Provider, Name, Type string
	Certificates         []*x509.Certificate
	Statuses             []Status
}

// Status is one that a service has had since a time.
type Status struct {
	Value string
	Since time.Time
}

// maxServices bounds a list; the largest has some hundreds.
const maxServices = 20_000

// Parse reads a list. Its signature is checked by Check.
// Errors: those of xmltree.Parse, ErrNotList.
func Parse(raw []byte) (*List, error) {
	d, err := xmltree.Parse(raw)
	if err != nil {
		return nil, err
	}
	root := d.Root()
	scheme := root.Child(tsl, "SchemeInformation")
	if !root.Is(tsl, "TrustServiceStatusList") || scheme.IsZero() {
		return nil, fmt.Errorf("its root is %s: %w", root.Local(), ErrNotList)
	}
	l := &List{Territory: text(scheme, "SchemeTerritory")}
	if l.Sequence, err = strconv.Atoi(text(scheme, "TSLSequenceNumber")); err != nil {
		return nil, fmt.Errorf("its sequence number: %w: %w", ErrNotList, err)
	}
	if l.Issued, err = time.Parse(time.RFC3339, text(scheme, "ListIssueDateTime")); err != nil {
		return nil, fmt.Errorf("its date: %w: %w", ErrNotList, err)
	}
	if next := strings.TrimSpace(scheme.Path(tsl, "NextUpdate", "dateTime").Text()); next != "" {
		if l.NextUpdate, err = time.Parse(time.RFC3339, next); err != nil {
			return nil, fmt.Errorf("its next update: %w: %w", ErrNotList, err)
		}
	}
	for provider := range root.Child(tsl, "TrustServiceProviderList").Children() {
		name := anyName(provider.Path(tsl, "TSPInformation", "TSPName"))
		for s := range provider.Child(tsl, "TSPServices").Children() {
			if len(l.Services) >= maxServices {
				return nil, fmt.Errorf("more than %d services: %w", maxServices, xmltree.ErrTooLarge)
			}
			l.Services = append(l.Services, service(name, s))
		}
	}
	return l, nil
}

func text(e xmltree.Element, local string) string {
	return strings.TrimSpace(e.Child(tsl, local).Text())
}

// anyName gives the English name, else the first.
func anyName(e xmltree.Element) (name string) {
	for c := range e.Children() {
		if c.Local() == "Name" && name == "" {
			name = strings.TrimSpace(c.Text())
		}
	}
	return name
}

func service(provider string, e xmltree.Element) Service {
	info := e.Child(tsl, "ServiceInformation")
	s := Service{Provider: provider, Name: anyName(info.Child(tsl, "ServiceName")), Type: text(info, "ServiceTypeIdentifier")}
	for id := range info.Child(tsl, "ServiceDigitalIdentity").Children() {
		if c, err := x509.ParseCertificate(xades.Decode(text(id, "X509Certificate"))); err == nil {
			s.Certificates = append(s.Certificates, c)
		}
	}
	s.Statuses = append(s.Statuses, status(info))
	for past := range e.Child(tsl, "ServiceHistory").Children() {
		s.Statuses = append(s.Statuses, status(past))
	}
	slices.SortStableFunc(s.Statuses, func(a, b Status) int { return b.Since.Compare(a.Since) })
	return s
}

func status(e xmltree.Element) Status {
	since, _ := time.Parse(time.RFC3339, text(e, "StatusStartingTime")) // one without a time never counts
	return Status{Value: text(e, "ServiceStatus"), Since: since}
}

// At gives the status of a service at a time, "" before its first.
func (s Service) At(at time.Time) string {
	for _, x := range s.Statuses {
		if !x.Since.IsZero() && !at.Before(x.Since) {
			return x.Value
		}
	}
	return ""
}

// grantedAt tells whether a service could be relied upon at a time.
func (s Service) grantedAt(at time.Time) bool {
	value := s.At(at)
	return value == Granted || slices.Contains(before, value) && at.Before(time.Date(2016, 7, 1, 0, 0, 0, 0, time.UTC))
}

// Anchors gives the certificates of the qualified issuers that are granted at a time; none
// when the list is too old to say: what it vouched for is then undecided, never invalid.
func (l *List) Anchors(at time.Time) (all []*x509.Certificate) {
	if l.NextUpdate.IsZero() || at.After(l.NextUpdate) {
		return nil
	}
	for _, s := range l.Services {
		if s.Type == QualifiedCA && s.grantedAt(at) {
			all = append(all, s.Certificates...)
		}
	}
	return all
}

// Check verifies that one of the signers has signed the whole list. Errors: those of
// xades.Validate, ErrSignature.
func Check(ctx context.Context, raw []byte, signers []*x509.Certificate, now time.Time) error {
	report, err := xades.Validate(ctx, raw, validation.Options{Now: now})
	if err != nil {
		return err
	}
	for _, v := range report.Signatures {
		partial := slices.ContainsFunc(v.Findings, func(f validation.Finding) bool { return f.Code == validation.CodeScope })
		if v.Intact && !partial && slices.ContainsFunc(signers, func(c *x509.Certificate) bool { return c.Equal(v.Signer.Certificate) }) {
			return nil
		}
	}
	return ErrSignature
}
