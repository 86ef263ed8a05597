//go:build cgo

package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // CKA_ID is by custom the SHA-1 of the key; nothing rests on it
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unsafe"

	"github.com/miekg/pkcs11"
)

const haveModules = true

const maxObjects = 256

// helper is the child's state: one module, at most one session.
type helper struct {
	ctx     *pkcs11.Ctx
	session pkcs11.SessionHandle
	open    bool
	slot    uint
	key     pkcs11.ObjectHandle
	keyType uint
	always  bool
	pin     []byte
}

func serveHelper(stdin io.Reader, stdout io.Writer) {
	h := &helper{}
	defer h.close()
	for {
		req, secrets, err := readRequest(stdin)
		if err != nil {
			return // the parent is gone, or speaks another language
		}
		resp, err := h.do(req, secrets)
		for _, s := range secrets {
			Wipe(s)
		}
		if err != nil {
			resp = h.failure(err)
		}
		body, err := json.Marshal(resp)
		if err != nil || writeFrame(stdout, body) != nil || req.Op == "close" {
			return
		}
	}
}

func (h *helper) do(req request, secrets [][]byte) (response, error) {
	if h.ctx == nil && req.Op != "close" {
		if err := h.load(req.Module); err != nil {
			return response{}, err
		}
	}
	switch {
	case req.Op == "list":
		return h.list()
	case req.Op == "open" && len(secrets) == 1:
		return h.login(req.KeyID, secrets[0])
	case req.Op == "sign" && h.open:
		sig, err := h.sign(req)
		return response{Signature: sig}, err
	case req.Op == "import" && len(secrets) == 3 && len(req.Certs) > 0:
		return response{}, h.fill(req, secrets[0], secrets[1], secrets[2])
	case req.Op == "close":
		h.close()
		return response{}, nil
	}
	return response{}, fmt.Errorf("%w: request %q", ErrModule, req.Op)
}

func (h *helper) load(module string) error {
	ctx := pkcs11.New(module)
	if ctx == nil {
		return fmt.Errorf("%w: cannot load %s", ErrModule, module)
	}
	if err := ctx.Initialize(); err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		return fmt.Errorf("initialising %s: %w", module, err)
	}
	h.ctx = ctx
	return nil
}

func (h *helper) close() {
	Wipe(h.pin)
	h.pin = nil
	if h.ctx == nil {
		return
	}
	if h.open {
		_ = h.ctx.Logout(h.session) // closing ends the login as well
		_ = h.ctx.CloseSession(h.session)
		h.open = false
	}
	_ = h.ctx.Finalize()
	h.ctx.Destroy()
	h.ctx = nil
}

func info(t pkcs11.TokenInfo) Info {
	return Info{
		Label: strings.TrimRight(t.Label, " \x00"), Serial: strings.TrimRight(t.SerialNumber, " \x00"),
		Manufacturer: strings.TrimRight(t.ManufacturerID, " \x00"), Model: strings.TrimRight(t.Model, " \x00"),
		CountLow: t.Flags&pkcs11.CKF_USER_PIN_COUNT_LOW != 0, FinalTry: t.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0,
		Locked:        t.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0,
		ProtectedPath: t.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0,
	}
}

type slotInfo struct {
	id   uint
	info Info
}

func (h *helper) tokens() ([]slotInfo, error) {
	ids, err := h.ctx.GetSlotList(true)
	if err != nil {
		return nil, err
	}
	var slots []slotInfo
	for _, id := range ids {
		t, err := h.ctx.GetTokenInfo(id)
		if err != nil || t.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			continue
		}
		slots = append(slots, slotInfo{id, info(t)})
	}
	if len(slots) == 0 {
		return nil, ErrNoToken
	}
	return slots, nil
}

func (h *helper) list() (response, error) {
	slots, err := h.tokens()
	if err != nil {
		return response{}, err
	}
	var resp response
	for _, s := range slots {
		session, err := h.ctx.OpenSession(s.id, pkcs11.CKF_SERIAL_SESSION)
		if err != nil {
			return response{}, err
		}
		keys, err := h.keys(session, s.info)
		_ = h.ctx.CloseSession(session)
		if err != nil {
			return response{}, err
		}
		resp.Keys = append(resp.Keys, keys...)
	}
	return resp, nil
}

// keys joins certificates with private keys. When no private key shows, which
// is usual before login, certificates that are not an authority's are given.
func (h *helper) keys(session pkcs11.SessionHandle, token Info) ([]wireKey, error) {
	certs, err := h.find(session, pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE))
	if err != nil {
		return nil, err
	}
	privates, err := h.find(session, pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY))
	if err != nil {
		return nil, err
	}
	always := map[string]bool{}
	for _, o := range privates {
		if id := h.attribute(session, o, pkcs11.CKA_ID); len(id) > 0 {
			always[string(id)] = isTrue(h.attribute(session, o, pkcs11.CKA_ALWAYS_AUTHENTICATE))
		}
	}
	var keys []wireKey
	var issuers [][]byte
	for _, o := range certs {
		id, der := h.attribute(session, o, pkcs11.CKA_ID), h.attribute(session, o, pkcs11.CKA_VALUE)
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		each, known := always[string(id)]
		if cert.IsCA {
			issuers = append(issuers, der)
		} else if len(id) > 0 && (known || len(privates) == 0) {
			keys = append(keys, wireKey{ID: token.Serial + ":" + hex.EncodeToString(id), Cert: der, Token: token, Always: each})
		}
	}
	for i := range keys {
		keys[i].Chain = chain(keys[i].Cert, issuers)
	}
	return keys, nil
}

// chain orders the issuers found on the token from the leaf upwards.
func chain(leaf []byte, issuers [][]byte) (ordered [][]byte) {
	at, err := x509.ParseCertificate(leaf)
	for err == nil && len(ordered) < 8 && !bytes.Equal(at.RawIssuer, at.RawSubject) {
		next := at
		for _, der := range issuers {
			if c, e := x509.ParseCertificate(der); e == nil && at.CheckSignatureFrom(c) == nil {
				next, ordered = c, append(ordered, der)
				break
			}
		}
		if next == at {
			break
		}
		at = next
	}
	return ordered
}

func (h *helper) find(session pkcs11.SessionHandle, template ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := h.ctx.FindObjectsInit(session, template); err != nil {
		return nil, err
	}
	found, _, err := h.ctx.FindObjects(session, maxObjects)
	if e := h.ctx.FindObjectsFinal(session); err == nil {
		err = e
	}
	return found, err
}

// attribute gives nil for an attribute that the token does not have.
func (h *helper) attribute(session pkcs11.SessionHandle, o pkcs11.ObjectHandle, kind uint) []byte {
	got, err := h.ctx.GetAttributeValue(session, o, []*pkcs11.Attribute{pkcs11.NewAttribute(kind, nil)})
	if err != nil || len(got) != 1 {
		return nil
	}
	return got[0].Value
}

func isTrue(v []byte) bool { return len(v) > 0 && v[0] != 0 }

func (h *helper) login(keyID string, pin []byte) (response, error) {
	serial, hexID, ok := cutLast(keyID)
	id, err := hex.DecodeString(hexID)
	if !ok || err != nil {
		return response{}, ErrNoKey
	}
	slots, err := h.tokens()
	if err != nil {
		return response{}, err
	}
	var at *slotInfo
	for i := range slots {
		if slots[i].info.Serial == serial {
			at = &slots[i]
		}
	}
	if at == nil {
		return response{}, fmt.Errorf("%w: serial %s", ErrNoToken, serial)
	}
	h.slot = at.id
	if h.session, err = h.ctx.OpenSession(at.id, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return response{}, err
	}
	h.open = true
	if err := h.ctx.Login(h.session, pkcs11.CKU_USER, asString(pin)); err != nil {
		return response{}, err
	}
	return h.choose(at.info, keyID, id, pin)
}

func (h *helper) choose(token Info, keyID string, id, pin []byte) (response, error) {
	privates, err := h.find(h.session, pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	if err != nil {
		return response{}, err
	}
	keys, err := h.keys(h.session, token)
	if err != nil {
		return response{}, err
	}
	for _, k := range keys {
		if k.ID != keyID || len(privates) == 0 {
			continue
		}
		cert, err := x509.ParseCertificate(k.Cert)
		if err != nil {
			return response{}, err
		}
		h.keyType = pkcs11.CKK_RSA
		if _, ok := cert.PublicKey.(*ecdsa.PublicKey); ok {
			h.keyType = pkcs11.CKK_EC
		}
		h.key, h.always = privates[0], k.Always
		if h.always {
			h.pin = bytes.Clone(pin)
		}
		return response{Keys: []wireKey{k}}, nil
	}
	return response{}, ErrNoKey
}

func cutLast(id string) (serial, key string, ok bool) {
	i := strings.LastIndexByte(id, ':')
	if i < 0 {
		return "", "", false
	}
	return id[:i], id[i+1:], true
}

// asString views secret bytes as a string, so that wiping them wipes it too.
func asString(secret []byte) string { return unsafe.String(unsafe.SliceData(secret), len(secret)) }

// digestInfo are the DER prefixes of RFC 8017 §9.2, note 1.
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

var pssHash = map[crypto.Hash][2]uint{
	crypto.SHA256: {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	crypto.SHA384: {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	crypto.SHA512: {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

func (h *helper) sign(req request) ([]byte, error) {
	hash, input := crypto.Hash(req.Hash), req.Digest
	prefix, known := digestInfo[hash]
	if !known {
		return nil, ErrAlgorithm
	}
	mechanism := pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)
	switch {
	case h.keyType == pkcs11.CKK_RSA && req.PSS:
		p := pssHash[hash]
		if req.Salt < 0 {
			return nil, ErrAlgorithm
		}
		mechanism = pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(p[0], p[1], uint(req.Salt)))
	case h.keyType == pkcs11.CKK_RSA:
		mechanism = pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil)
		input = append(bytes.Clone(prefix), input...)
	}
	if err := h.ctx.SignInit(h.session, []*pkcs11.Mechanism{mechanism}, h.key); err != nil {
		return nil, err
	}
	if h.always {
		if err := h.ctx.Login(h.session, pkcs11.CKU_CONTEXT_SPECIFIC, asString(h.pin)); err != nil {
			return nil, err
		}
	}
	sig, err := h.ctx.Sign(h.session, input)
	if err != nil || h.keyType == pkcs11.CKK_RSA {
		return sig, err
	}
	return derSignature(sig)
}

// derSignature turns r||s (PKCS#11 v2.40 §2.3.1) into an ECDSA-Sig-Value.
func derSignature(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, fmt.Errorf("%w: ECDSA signature of %d bytes", ErrModule, len(raw))
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}

// failure names an error for the parent, with the PIN flags the token shows.
func (h *helper) failure(err error) response {
	resp := response{Code: "module", Message: err.Error(), Remaining: -1}
	for code, known := range codes {
		if errors.Is(err, known) {
			resp.Code = code
		}
	}
	var p11 pkcs11.Error
	if errors.As(err, &p11) {
		switch p11 {
		case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_LEN_RANGE, pkcs11.CKR_PIN_INVALID:
			resp.Code = "pin"
		case pkcs11.CKR_PIN_LOCKED:
			resp.Code, resp.Remaining = "locked", 0
		case pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_TOKEN_NOT_RECOGNIZED, pkcs11.CKR_SLOT_ID_INVALID:
			resp.Code = "gone"
		}
	}
	if resp.Code == "pin" {
		h.readTries(&resp)
	}
	if !errors.Is(err, ErrNoKey) && h.key == 0 && h.open {
		_ = h.ctx.CloseSession(h.session)
		h.open = false
	}
	return resp
}

func (h *helper) readTries(resp *response) {
	t, err := h.ctx.GetTokenInfo(h.slot)
	if err != nil {
		return
	}
	resp.Info = info(t)
	switch {
	case resp.Info.Locked:
		resp.Code, resp.Remaining = "locked", 0
	case resp.Info.FinalTry:
		resp.Remaining = 1
	}
}

// fill puts a key on the token of this label, which is made when there is none.
func (h *helper) fill(req request, soPIN, pin, pkcs8 []byte) error {
	slot, err := h.labelled(req.Label)
	blank := errors.Is(err, ErrNoToken)
	if blank {
		slot, err = h.initialise(req.Label, soPIN)
	}
	if err != nil {
		return err
	}
	session, err := h.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer h.ctx.CloseSession(session) //nolint:errcheck // the process ends next
	if blank {
		if err := h.givePIN(session, soPIN, pin); err != nil {
			return err
		}
	}
	if err := h.ctx.Login(session, pkcs11.CKU_USER, asString(pin)); err != nil {
		return err
	}
	return h.create(session, req, pkcs8)
}

// initialise makes a token of a blank slot.
func (h *helper) initialise(label string, soPIN []byte) (uint, error) {
	slot, err := h.blank()
	if err != nil {
		return 0, err
	}
	if err := h.ctx.InitToken(slot, asString(soPIN), fmt.Sprintf("%-32s", label)[:32]); err != nil {
		return 0, err
	}
	return h.labelled(label)
}

// givePIN sets the PIN of a token just made.
func (h *helper) givePIN(session pkcs11.SessionHandle, soPIN, pin []byte) error {
	if err := h.ctx.Login(session, pkcs11.CKU_SO, asString(soPIN)); err != nil {
		return err
	}
	if err := h.ctx.InitPIN(session, asString(pin)); err != nil {
		return err
	}
	return h.ctx.Logout(session)
}

func (h *helper) blank() (uint, error) {
	ids, err := h.ctx.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if t, err := h.ctx.GetTokenInfo(id); err == nil && t.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%w: no blank slot", ErrNoToken)
}

// labelled finds the token again: SoftHSM moves it to another slot once made.
func (h *helper) labelled(label string) (uint, error) {
	slots, err := h.tokens()
	if err != nil {
		return 0, err
	}
	for i := len(slots) - 1; i >= 0; i-- {
		if slots[i].info.Label == label {
			return slots[i].id, nil
		}
	}
	return 0, ErrNoToken
}

func (h *helper) create(session pkcs11.SessionHandle, req request, pkcs8 []byte) error {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return fmt.Errorf("%w: reading the private key: %w", ErrAlgorithm, err)
	}
	leaf, err := x509.ParseCertificate(req.Certs[0])
	if err != nil {
		return fmt.Errorf("%w: reading the certificate: %w", ErrNoKey, err)
	}
	sum := sha1.Sum(leaf.RawSubjectPublicKeyInfo) //nolint:gosec // see the import
	private := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false), pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_ID, sum[:]), pkcs11.NewAttribute(pkcs11.CKA_ALWAYS_AUTHENTICATE, req.Always),
	}
	material, err := keyMaterial(key)
	if err != nil {
		return err
	}
	if _, err := h.ctx.CreateObject(session, append(private, material...)); err != nil {
		return err
	}
	for i, der := range req.Certs {
		if err := h.createCertificate(session, der, sum[:], i == 0); err != nil {
			return err
		}
	}
	return nil
}

func (h *helper) createCertificate(session pkcs11.SessionHandle, der, id []byte, leaf bool) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("%w: reading the certificate: %w", ErrNoKey, err)
	}
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE), pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SUBJECT, cert.RawSubject), pkcs11.NewAttribute(pkcs11.CKA_VALUE, der),
	}
	if leaf {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	}
	_, err = h.ctx.CreateObject(session, template)
	return err
}

func keyMaterial(key any) ([]*pkcs11.Attribute, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		k.Precompute()
		return []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_RSA),
			pkcs11.NewAttribute(pkcs11.CKA_MODULUS, k.N.Bytes()), pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, big.NewInt(int64(k.E)).Bytes()),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE_EXPONENT, k.D.Bytes()),
			pkcs11.NewAttribute(pkcs11.CKA_PRIME_1, k.Primes[0].Bytes()), pkcs11.NewAttribute(pkcs11.CKA_PRIME_2, k.Primes[1].Bytes()),
			pkcs11.NewAttribute(pkcs11.CKA_EXPONENT_1, k.Precomputed.Dp.Bytes()), pkcs11.NewAttribute(pkcs11.CKA_EXPONENT_2, k.Precomputed.Dq.Bytes()),
			pkcs11.NewAttribute(pkcs11.CKA_COEFFICIENT, k.Precomputed.Qinv.Bytes()),
		}, nil
	case *ecdsa.PrivateKey:
		d, err := k.Bytes()
		if err != nil || k.Params().Name != "P-256" {
			return nil, fmt.Errorf("%w: curve %s", ErrAlgorithm, k.Params().Name)
		}
		curve, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})
		return []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_EC), pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, curve), pkcs11.NewAttribute(pkcs11.CKA_VALUE, d),
		}, err
	}
	return nil, fmt.Errorf("%w: %T", ErrAlgorithm, key)
}
