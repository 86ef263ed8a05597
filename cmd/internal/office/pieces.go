package office

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// What a proof bundle gives so that its signatures can be verified with openssl and pdfsig alone,
// years later: each signature, each timestamp and each proof of revocation taken out of the
// document as a file of its own, and a script of plain commands with the places and the times.
const (
	// BundleScript verifies the bundle without Airial.
	BundleScript = "verifier.sh"
	piecesFolder = "preuves/pieces"
	bundleRoots  = "preuves/autorites-racines.pem"
	bundleMiddle = "preuves/autorites-intermediaires.pem"
)

// scriptHead begins the script.
const scriptHead = `#!/bin/sh
# Vérifie ce dossier de preuve avec sha256sum, openssl et pdfsig seuls, aujourd’hui ou dans des années :
#
#     sh verifier.sh [RACINES.pem]
#
# RACINES.pem sont les certificats des autorités racines, pris à leur source (listes de confiance de l’ANSSI et de
# l’Union européenne, site de l’autorité). Sans lui, ceux du dossier servent : comparez-les alors vous-même à ceux que
# ces autorités publient, car tout le reste en dépend.
#
# Chaque vérification se fait à la date qui compte : celle que prouve l’horodatage, et non celle d’aujourd’hui.
set -u
racines=${1:-preuves/autorites-racines.pem}
case $racines in /*) ;; *) [ $# -gt 0 ] && racines=$PWD/$racines ;; esac
cd "$(dirname "$0")" || exit 2
milieu=preuves/autorites-intermediaires.pem
travail=$(mktemp -d) || exit 2
trap 'rm -rf "$travail"' EXIT
faux=0
dire() {
    quoi=$1; shift
    if "$@" >"$travail/sortie" 2>&1; then echo "oui   $quoi"; else echo "NON   $quoi"; sed 's/^/      /' "$travail/sortie"; faux=1; fi
}
intact() { pdfsig -nocert "$1" 2>&1 | tee "$travail/texte"; grep -q 'Signature is Valid' "$travail/texte" && ! grep -Eq 'Invalid|Mismatch' "$travail/texte"; }
contient() { attendu=$1; shift; "$@" >"$travail/texte" 2>&1; cat "$travail/texte"; grep -q "$attendu" "$travail/texte"; }
octets() { { head -c "$2" "$1"; tail -c "+$(($3 + 1))" "$1" | head -c "$4"; } >"$travail/octets"; }

dire "les fichiers sont ceux qui ont été réunis" sha256sum --quiet -c empreintes.txt
`

// scriptRoots stands before the first signature: a folder that was only approved has none.
const scriptRoots = `[ -s "$racines" ] || { echo "Aucune autorité racine n’est connue : donnez-en le fichier, sh verifier.sh RACINES.pem"; exit 2; }
`

const scriptFoot = `
[ $faux = 0 ] && echo "Tout est vérifié." || echo "Quelque chose ne va pas : voir les lignes NON."
exit $faux
`

// pieces writes the pieces of a bundle's documents and the script that verifies them.
type pieces struct {
	b      *bundle
	script strings.Builder
	roots  []*x509.Certificate
	middle []*x509.Certificate
	proved map[string]bool // by the proof and its certificate
}

// quoted is a word of the shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// document adds what proves the signatures of one document, which stands in the bundle at a path.
func (p *pieces) document(ctx context.Context, path string, doc caseDocument) error {
	if len(doc.signatures) == 0 || doc.Format != parapheur.PDF {
		return p.beside(path, doc)
	}
	content, err := doc.signed.read()
	if err != nil {
		return err
	}
	all, err := pades.Pieces(ctx, content)
	if err != nil {
		return fmt.Errorf("taking the signatures out of %q: %w", doc.Name, err)
	}
	fmt.Fprintf(&p.script, "\necho; echo %s\n", quoted(doc.Name))
	fmt.Fprintf(&p.script, "dire %s intact %s\n", quoted("pdfsig trouve les signatures intactes"), quoted(path))
	for i, one := range all {
		at := slices.IndexFunc(doc.signatures, func(v validation.Verdict) bool { return v.Field == one.Field })
		if at < 0 {
			continue
		}
		fmt.Fprintf(&p.script, "\noctets %s %d %d %d\n", quoted(path), one.Range[1], one.Range[2], one.Range[3])
		n := fmt.Sprint(i + 1)
		if one.Timestamp {
			p.token(path, "horodatage-archive-"+n+".tst", one.CMS, doc.signatures[at].Timestamps, `"$travail/octets"`, "l’horodatage d’archive n° "+n)
			continue
		}
		p.signature(path, n, one.CMS, doc.signatures[at], `"$travail/octets"`)
	}
	return nil
}

// beside adds what proves signature files that stand beside a document, and the proofs of a flow.
func (p *pieces) beside(path string, doc caseDocument) error {
	if len(doc.signatures) == 0 {
		return nil
	}
	fmt.Fprintf(&p.script, "\necho; echo %s\n", quoted(doc.Name))
	for i, v := range doc.signatures {
		n := fmt.Sprint(i + 1)
		if doc.Format == parapheur.Any && i < len(doc.beside) {
			raw, err := doc.beside[i].read()
			if err != nil {
				return err
			}
			p.signature(path, n, raw, v, quoted(path))
			continue
		}
		if doc.Format == parapheur.PES && i == 0 {
			fmt.Fprintf(&p.script, "dire %s xmlsec1 --verify --insecure --id-attr:Id Bordereau --id-attr:Id http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller:PES_Aller --id-attr:Id http://uri.etsi.org/01903/v1.1.1#:SignedProperties %s\n",
				quoted("xmlsec1 trouve la signature intacte"), quoted(path))
		}
		p.issued(path, n, v)
		p.revocation(path, "signataire-"+n, v.Chain, v.Revocation)
	}
	return nil
}

// issued adds the certificate of a signature that openssl does not read, and has its chain verified
// at the time that counts.
func (p *pieces) issued(path, n string, v validation.Verdict) {
	cert, at := v.Signer.Certificate, v.Proven
	if at.IsZero() {
		at = v.Claimed
	}
	if cert == nil || p.proved[string(cert.Raw)+at.String()] {
		return
	}
	p.proved[string(cert.Raw)+at.String()] = true
	p.know(v.Chain)
	file := p.add(path, "signataire-"+n+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	fmt.Fprintf(&p.script, "dire %s openssl verify -CAfile \"$racines\" -untrusted \"$milieu\" -partial_chain -attime %d %s\n",
		quoted("le certificat de "+v.Signer.Name+" remonte à une autorité racine, à la date du "+day(at)), at.Unix(), quoted(file))
}

// signature adds a CMS signature over data, a word of the shell.
func (p *pieces) signature(path, n string, raw []byte, v validation.Verdict, data string) {
	file := p.add(path, "signature-"+n+".p7s", raw)
	at := v.Proven
	if at.IsZero() {
		at = v.Claimed // nothing proves it
	}
	p.know(v.Chain)
	if v.Signer.Certificate != nil {
		p.know([]*x509.Certificate{v.Signer.Certificate})
	}
	signer := "la signature n° " + n + " de " + v.Signer.Name
	if v.Proven.IsZero() {
		signer += ", à la date qu’elle déclare, que rien ne prouve (" + day(at) + ")"
	} else {
		signer += ", à la date prouvée (" + day(at) + ")"
	}
	fmt.Fprintf(&p.script, "dire %s openssl cms -verify -binary -inform DER -in %s -content %s -out /dev/null -CAfile \"$racines\" -certfile \"$milieu\" -purpose any -partial_chain -attime %d\n",
		quoted(signer), quoted(file), data, at.Unix())
	sd, err := cms.Parse(raw)
	if err != nil || len(sd.Signers) != 1 {
		return
	}
	tokens := cms.Attributes(sd.Signers[0].Unsigned, cms.OIDSignatureTimestamp)
	value := ""
	for i, token := range tokens {
		if value == "" {
			value = p.add(path, "signature-"+n+".valeur", sd.Signers[0].Signature)
		}
		p.token(path, fmt.Sprintf("horodatage-%s-%d.tst", n, i+1), token, v.Timestamps, quoted(value), "l’horodatage de cette signature")
	}
	p.revocation(path, "signataire-"+n, v.Chain, v.Revocation)
}

// token adds a timestamp over data.
func (p *pieces) token(path, name string, raw []byte, verdicts []validation.TimestampVerdict, data, what string) {
	file := p.add(path, name, raw)
	t, err := cms.ParseTimestamp(raw)
	if err != nil {
		return
	}
	for _, v := range verdicts {
		if v.Time.Equal(t.Time) {
			p.know(v.Chain)
			p.revocation(path, strings.TrimSuffix(name, ".tst"), v.Chain, v.Revocation)
		}
	}
	for _, c := range t.Certificates {
		p.know([]*x509.Certificate{c})
	}
	fmt.Fprintf(&p.script, "dire %s openssl ts -verify -token_in -in %s -data %s -CAfile \"$racines\" -untrusted \"$milieu\" -partial_chain -attime %d\n",
		quoted(what+" ("+day(t.Time)+")"), quoted(file), data, t.Time.Unix())
}

// revocation adds what says that the certificates of a chain were not revoked.
func (p *pieces) revocation(path, name string, chain []*x509.Certificate, states []trust.State) {
	p.know(chain)
	for i, s := range states {
		if i+1 >= len(chain) || s.Status != trust.Good || len(s.DER) == 0 || p.proved[string(s.DER)+string(chain[i].Raw)] {
			continue
		}
		p.proved[string(s.DER)+string(chain[i].Raw)] = true // several signatures rest on it
		cert := p.add(path, fmt.Sprintf("%s-%d.pem", name, i+1), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[i].Raw}))
		issuer := p.add(path, fmt.Sprintf("%s-%d-autorite.pem", name, i+1), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[i+1].Raw}))
		what := fmt.Sprintf("le certificat « %s » n’était pas révoqué (%s du %s)", chain[i].Subject.CommonName, s.Source, day(s.ThisUpdate))
		at := s.ThisUpdate.Add(time.Second).Unix()
		if s.Source == "OCSP" {
			file := p.add(path, fmt.Sprintf("%s-%d.ocsp", name, i+1), s.DER)
			fmt.Fprintf(&p.script, "dire %s contient ': good' openssl ocsp -respin %s -issuer %s -cert %s -CAfile \"$racines\" -verify_other \"$milieu\" -partial_chain -attime %d -validity_period 3153600000\n",
				quoted(what), quoted(file), quoted(issuer), quoted(cert), at)
			continue
		}
		file := p.add(path, fmt.Sprintf("%s-%d.crl", name, i+1), pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: s.DER}))
		fmt.Fprintf(&p.script, "dire %s openssl verify -crl_check -CRLfile %s -CAfile %s -partial_chain -attime %d %s\n", quoted(what), quoted(file), quoted(issuer), at, quoted(cert))
	}
}

// know keeps the certificates of a chain: those that are their own issuer, or end a chain, are
// roots; the others lead there.
func (p *pieces) know(chain []*x509.Certificate) {
	for i, c := range chain {
		to := &p.middle
		if trust.SelfSigned(c) || i > 0 && i == len(chain)-1 {
			to = &p.roots
		}
		if !slices.ContainsFunc(*to, c.Equal) {
			*to = append(*to, c)
		}
	}
}

// add writes a piece of a document, once, and gives its path.
func (p *pieces) add(path, name string, content []byte) string {
	at := piecesFolder + "/" + filepath.Base(path) + "/" + name
	if !p.b.seen[at] {
		p.b.seen[at] = true
		p.b.add(at, content)
	}
	return at
}

// end writes the authorities and the script.
func (p *pieces) end() error {
	for _, one := range []struct {
		name string
		all  []*x509.Certificate
	}{{bundleRoots, p.roots}, {bundleMiddle, p.middle}} {
		var text bytes.Buffer
		for _, c := range one.all {
			if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
				return err
			}
		}
		p.b.add(one.name, text.Bytes())
	}
	script := p.script.String()
	if script != "" {
		script = scriptRoots + script
	}
	p.b.add(BundleScript, []byte(scriptHead+script+scriptFoot))
	return nil
}

func day(t time.Time) string { return t.UTC().Format("02/01/2006 15:04:05 UTC") }
