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

	"alpi40.fr/airial/local/signature/trust"
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

// List is a trusted list.
type List struct {
	Territory string // «FR»
	Sequence  int
	Issued    time.Time
	// NextUpdate is until when it may be relied upon; zero for a closed list.
	NextUpdate time.Time
	Services   []*trust.Service
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
			l.Services = append(l.Services, service(l.Territory, name, s))
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

func service(territory, provider string, e xmltree.Element) *trust.Service {
	info := e.Child(tsl, "ServiceInformation")
	s := &trust.Service{Territory: territory, Provider: provider, Name: anyName(info.Child(tsl, "ServiceName")), Type: text(info, "ServiceTypeIdentifier")}
	for id := range info.Child(tsl, "ServiceDigitalIdentity").Children() {
		if c, err := x509.ParseCertificate(xades.Decode(text(id, "X509Certificate"))); err == nil {
			s.Certificates = append(s.Certificates, c)
		}
	}
	s.Statuses = append(s.Statuses, status(info))
	for past := range e.Child(tsl, "ServiceHistory").Children() {
		// What it was when it was of another type vouches for nothing here (§5.6.2).
		then := status(past)
		then.Unknown = then.Unknown || text(past, "ServiceTypeIdentifier") != "" && text(past, "ServiceTypeIdentifier") != s.Type
		s.Statuses = append(s.Statuses, then)
	}
	slices.SortStableFunc(s.Statuses, func(a, b trust.ServiceStatus) int { return b.Since.Compare(a.Since) })
	return s
}

// status reads a ServiceInformation or a ServiceHistoryInstance.
func status(e xmltree.Element) trust.ServiceStatus {
	since, _ := time.Parse(time.RFC3339, text(e, "StatusStartingTime")) // one without a time never counts
	s := trust.ServiceStatus{Value: text(e, "ServiceStatus"), Since: since}
	for x := range e.Child(tsl, "ServiceInformationExtensions").Children() {
		extension(&s, x)
	}
	return s
}

// harmless are the extensions that change nothing of what is asked here (§5.5.9.1, §5.5.9.3).
var harmless = []string{"ExpiredCertsRevocationInfo", "TakenOverBy"}

// extension reads one of a service (§5.5.9).
func extension(s *trust.ServiceStatus, x xmltree.Element) {
	for e := range x.Children() {
		switch {
		case e.Is(tsl, "AdditionalServiceInformation"):
			s.Purposes = append(s.Purposes, text(e, "URI"))
		case e.Is(sie, "Qualifications"):
			for q := range e.Children() {
				s.Qualifications = append(s.Qualifications, qualification(q))
			}
		case x.Attr("Critical") == "true" && !slices.Contains(harmless, e.Local()):
			s.Unknown = true
		}
	}
}

// The extensions that qualify certificates (§5.5.9.2).
const (
	sie        = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
	additional = "http://uri.etsi.org/02231/v2/additionaltypes#"
	qualifiers = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
)

func qualification(e xmltree.Element) (q trust.Qualification) {
	for one := range e.Child(sie, "Qualifiers").Children() {
		q.Qualifiers = append(q.Qualifiers, strings.TrimPrefix(one.Attr("uri"), qualifiers))
	}
	q.Criteria = criteria(e.Child(sie, "CriteriaList"), 0)
	return q
}

// maxDepth bounds criteria within criteria.
const maxDepth = 16

func criteria(e xmltree.Element, depth int) (c trust.Criteria) {
	if e.IsZero() || depth > maxDepth {
		return trust.Criteria{Unknown: true}
	}
	c.Assert = e.Attr("assert")
	for one := range e.Children() {
		switch {
		case one.Is(sie, "KeyUsage"):
			bits := map[string]bool{}
			for bit := range one.Children() {
				bits[bit.Attr("name")] = slices.Contains([]string{"true", "1"}, strings.TrimSpace(bit.Text()))
			}
			c.KeyUsages = append(c.KeyUsages, bits)
		case one.Is(sie, "PolicySet"):
			c.Policies = append(c.Policies, identifiers(one))
		case one.Is(sie, "CriteriaList"):
			c.Nested = append(c.Nested, criteria(one, depth+1))
		case one.Is(sie, "otherCriteriaList"):
			for other := range one.Children() {
				switch {
				case other.Is(additional, "ExtendedKeyUsage"):
					c.ExtendedUsages = append(c.ExtendedUsages, identifiers(other))
				case other.Is(additional, "CertSubjectDNAttribute"):
					c.Attributes = append(c.Attributes, identifiers(other))
				default:
					c.Unknown = true
				}
			}
		case one.Local() != "Description":
			c.Unknown = true
		}
	}
	return c
}

// identifiers reads object identifiers: «1.2.3» or «urn:oid:1.2.3».
func identifiers(e xmltree.Element) (ids []string) {
	for one := range e.All() {
		if one.Local() == "Identifier" {
			ids = append(ids, strings.TrimPrefix(strings.TrimSpace(one.Text()), "urn:oid:"))
		}
	}
	return ids
}

// Vouching gives the services that the list may vouch for at a time; none when it is too old
// to say: what it vouched for is then undecided, never invalid.
func (l *List) Vouching(now time.Time) []*trust.Service {
	if l.NextUpdate.IsZero() || now.After(l.NextUpdate) {
		return nil
	}
	return l.Services
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
