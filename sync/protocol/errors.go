package protocol

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code names a failure on the wire.
type Code string

// The codes.
const (
	CodeVersion      Code = "version"      // this version is no longer spoken
	CodeBadRequest   Code = "bad-request"  // the message cannot be read, or breaks a limit
	CodeUnauthorized Code = "unauthorized" // no session, or an ended one
	CodeRevoked      Code = "revoked"      // the device was revoked
	CodeBadCode      Code = "bad-code"     // the enrolment code is unknown, used or too old
	CodeSlowDown     Code = "slow-down"    // too many tries
	CodeNotFound     Code = "not-found"    // no such thing for this authority
	CodeForeign      Code = "foreign"      // an entry of another authority or device
	CodeMalformed    Code = "malformed"    // an entry that is not well formed
	CodeSignature    Code = "signature"    // an entry whose hash or signature does not hold
	CodeChain        Code = "chain"        // an entry that does not continue its device's chain
	CodeRewritten    Code = "rewritten"    // another entry with a known id
	CodeNoBlob       Code = "no-blob"      // an entry names a document that the server lacks
	CodeDigest       Code = "digest"       // an uploaded document is not what its name says
	CodeFull         Code = "full"         // the server has no room
	CodeRecovering   Code = "recovering"   // put back from a backup, it first takes back what it had given since
	CodeTooMany      Code = "too-many"     // a computer asks, or sends, more than it may
	CodeQuota        Code = "quota"        // the authority's share of the server is full
	CodeBusy         Code = "busy"         // the server has too much to do, or takes nothing for a moment
	CodeInternal     Code = "internal"     // the server's own fault
)

// The failures a laptop tells apart, for errors.Is.
var (
	ErrVersion      = errors.New("protocol version no longer spoken")
	ErrUnauthorized = errors.New("no session")
	ErrRevoked      = errors.New("this device is revoked")
	ErrBadCode      = errors.New("enrolment code refused")
	ErrSlowDown     = errors.New("too many tries")
	ErrNotFound     = errors.New("not found on the server")
	ErrRefused      = errors.New("the server refuses the message")
	ErrServer       = errors.New("the server failed")
)

// Failure is the body of any answer that is not a success.
type Failure struct {
	Status int    `json:"-"`
	Code   Code   `json:"code"`
	Text   string `json:"message"` // a French sentence for the person
	Detail string `json:"detail,omitempty"`
	// RetryAfter is what the server asks to wait (Retry-After), zero when it says nothing.
	RetryAfter time.Duration `json:"-"`
}

// Error is the technical sentence.
func (f *Failure) Error() string { return fmt.Sprintf("%s (%d): %s", f.Code, f.Status, f.Detail) }

// Unwrap gives the sentinel of the code.
func (f *Failure) Unwrap() error {
	switch f.Code {
	case CodeVersion:
		return ErrVersion
	case CodeUnauthorized:
		return ErrUnauthorized
	case CodeRevoked:
		return ErrRevoked
	case CodeBadCode:
		return ErrBadCode
	case CodeSlowDown, CodeTooMany, CodeBusy:
		return ErrSlowDown
	case CodeNotFound:
		return ErrNotFound
	case CodeInternal, CodeFull, CodeQuota, CodeRecovering:
		return ErrServer
	}
	return ErrRefused
}

// texts are what a person reads; each says what to do.
var texts = map[Code]struct {
	status int
	text   string
}{
	CodeVersion:      {http.StatusUpgradeRequired, "Cette version d’Airial est trop ancienne pour le serveur. Votre travail est conservé sur cet ordinateur ; installez la mise à jour pour reprendre les échanges."},
	CodeBadRequest:   {http.StatusBadRequest, "Le serveur n’a pas compris le message. Rien n’a été perdu ; signalez-le à l’assistance."},
	CodeUnauthorized: {http.StatusUnauthorized, "La session est terminée ; elle reprend d’elle-même."},
	CodeRevoked:      {http.StatusForbidden, "Cet ordinateur n’est plus autorisé à échanger avec le serveur. Adressez-vous à votre administrateur."},
	CodeBadCode:      {http.StatusForbidden, "Ce code est inconnu, déjà utilisé ou périmé. Demandez-en un nouveau à votre administrateur."},
	CodeSlowDown:     {http.StatusTooManyRequests, "Trop d’essais en peu de temps. Attendez une minute puis recommencez."},
	CodeNotFound:     {http.StatusNotFound, "Le serveur n’a pas cet élément."},
	CodeForeign:      {http.StatusForbidden, "Cet élément appartient à une autre collectivité ou à un autre ordinateur."},
	CodeMalformed:    {http.StatusBadRequest, "Un élément envoyé n’a pas la forme attendue."},
	CodeSignature:    {http.StatusBadRequest, "La signature d’un élément envoyé ne se vérifie pas."},
	CodeChain:        {http.StatusConflict, "Un élément envoyé ne fait pas suite au précédent de cet ordinateur."},
	CodeRewritten:    {http.StatusConflict, "Un élément déjà connu a été envoyé sous une autre forme."},
	CodeNoBlob:       {http.StatusConflict, "Un document nommé par un élément n’a pas encore été envoyé."},
	CodeDigest:       {http.StatusBadRequest, "Le document reçu n’est pas celui qui était annoncé ; il est à renvoyer."},
	CodeFull:         {http.StatusInsufficientStorage, "Le serveur n’a plus de place. Votre travail est conservé sur cet ordinateur ; il partira dès que la place sera faite."},
	CodeRecovering:   {http.StatusServiceUnavailable, "Le serveur vient d’être rétabli depuis une sauvegarde et reprend d’abord ce que les ordinateurs avaient reçu de lui. Votre travail est conservé sur cet ordinateur ; il partira ensuite de lui-même."},
	CodeTooMany:      {http.StatusTooManyRequests, "Cet ordinateur demande beaucoup en peu de temps. Les échanges reprennent d’eux-mêmes dans un moment."},
	CodeQuota:        {http.StatusInsufficientStorage, "La place de votre collectivité sur le serveur est épuisée. Votre travail est conservé sur cet ordinateur ; demandez à votre administrateur d’agrandir cette place."},
	CodeBusy:         {http.StatusServiceUnavailable, "Le serveur est très sollicité. Votre travail est conservé sur cet ordinateur ; l’échange reprendra de lui-même dans un moment."},
	CodeInternal:     {http.StatusInternalServerError, "Le serveur a rencontré une erreur. Votre travail est conservé sur cet ordinateur ; l’envoi sera repris."},
}

// Fail makes the failure of a code. detail is technical, and holds no personal data.
func Fail(code Code, detail string) *Failure {
	t, ok := texts[code]
	if !ok {
		t = texts[CodeInternal]
	}
	return &Failure{Status: t.status, Code: code, Text: t.text, Detail: detail}
}
