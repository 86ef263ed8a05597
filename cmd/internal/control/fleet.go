package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"aead.dev/minisign"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/local/store/keys"
)

// inventory is what an installer's tools ask of a computer. It holds no secret and opens no data, so that it answers
// without anybody's session.
type inventory struct {
	Version     string              `json:"version"`
	System      string              `json:"system"`
	Machine     string              `json:"machine"`
	Folder      string              `json:"folder"`
	Bytes       int64               `json:"bytes"`
	Authorities []string            `json:"authorities"`
	Decided     provision.Provision `json:"decided"`
	Code        bool                `json:"enrolCodeWaiting"`
	Trouble     string              `json:"trouble,omitempty"`
	Sessions    []session           `json:"sessions,omitempty"` // of everybody, with --everybody
}

// session is what one person has on this computer.
type session struct {
	Folder      string   `json:"folder"`
	Bytes       int64    `json:"bytes"`
	Authorities []string `json:"authorities"`
}

// sessions are those of everybody who has an installation here.
func sessions() ([]session, error) {
	all, err := everyPlace(true)
	if err != nil {
		return nil, err
	}
	found := []session{}
	for _, p := range all {
		if !keys.Created(p.Data) {
			continue
		}
		s := session{Folder: p.Data}
		if s.Authorities, err = office.AuthoritiesIn(p.Data); err != nil {
			return nil, err
		}
		if s.Bytes, err = weigh(p.Data); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

func runInventory(_ context.Context, args []string, out io.Writer) error {
	f := flags("inventory", out)
	dir := f.String("dir", "", "dossier de l’installation")
	asJSON := f.Bool("json", false, "répond en JSON")
	everybody := f.Bool("everybody", false, "dit aussi ce que chaque personne de cet ordinateur a (pour un administrateur)")
	if err := parse(f, args); err != nil {
		return err
	}
	if *dir == "" {
		folder, err := office.Folder()
		if err != nil {
			return err
		}
		*dir = folder
	}
	i := inventory{Version: office.Version, System: runtime.GOOS, Machine: runtime.GOARCH, Folder: *dir}
	var err error
	if i.Authorities, err = office.AuthoritiesIn(*dir); err != nil {
		return err
	}
	if i.Bytes, err = weigh(*dir); err != nil {
		return err
	}
	if *everybody {
		if i.Sessions, err = sessions(); err != nil {
			return err
		}
	}
	if i.Decided, err = provision.Read(); err != nil {
		i.Trouble = err.Error()
	}
	i.Code, i.Decided.Code = i.Decided.Code != "", ""
	if *asJSON {
		return answerJSON(out, i)
	}
	i.tell(out)
	return nil
}

// weigh gives how many bytes a folder holds; none when it does not exist.
func weigh(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) { // the folder, or a file that was removed meanwhile
		err = nil
	}
	if err != nil {
		return 0, fmt.Errorf("measuring the installation: %w", err)
	}
	return total, nil
}

func (i inventory) tell(out io.Writer) {
	said := func(label, value string) {
		if value != "" {
			fmt.Fprintf(out, "%-14s %s\n", label, value)
		}
	}
	said("Version", i.Version)
	said("Système", i.System+"/"+i.Machine)
	said("Dossier", fmt.Sprintf("%s (%.1f Mo)", i.Folder, float64(i.Bytes)/1e6))
	for _, id := range i.Authorities {
		said("Collectivité", id)
	}
	if len(i.Authorities) == 0 {
		said("Collectivité", "aucune encore")
	}
	for _, s := range i.Sessions {
		said("Session", fmt.Sprintf("%s (%.1f Mo, %d collectivité(s))", s.Folder, float64(s.Bytes)/1e6, len(s.Authorities)))
	}
	said("Serveur", i.Decided.Server)
	said("Prévue pour", i.Decided.Authority)
	said("Proxy", i.Decided.Proxy)
	said("Mises à jour", i.Decided.UpdateRing)
	if i.Code {
		said("Code", "un code de rattachement attend")
	}
	said("Anomalie", i.Trouble)
}

func runProvision(_ context.Context, args []string, out io.Writer) error {
	f := flags("provision", out)
	show := f.String("show", "", "fichier de mise en service à vérifier et à montrer")
	public := f.String("public", "", "avec --show : fichier de la clé publique de l’ALPI, au lieu de celle du programme")
	var p provision.Provision
	f.StringVar(&p.Server, "server", "", "adresse du serveur, https://…")
	certificate := f.String("certificate", "", "certificat du serveur (PEM), quand il a le sien propre")
	f.StringVar(&p.Authority, "authority", "", "collectivité (SIREN)")
	f.StringVar(&p.Proxy, "proxy", "", "proxy, http://hôte:port")
	f.StringVar(&p.UpdateRing, "update-ring", "", "anneau de mise à jour : pilote, général ou aucune")
	codeFile := f.String("code-file", "", "fichier qui contient le code de rattachement ; « - » le lit au clavier")
	key := f.String("key", "", "fichier de la clé privée minisign de l’ALPI")
	password := f.String("password-file", "", "fichier qui contient le mot de passe de cette clé ; « - » le lit au clavier")
	days := f.Int("days", 30, "jours pendant lesquels le fichier sert")
	to := f.String("out", "", "fichier à écrire (.airial)")
	if err := parse(f, args); err != nil {
		return err
	}
	if *show != "" {
		return showProvision(*show, *public, out)
	}
	if p.Server == "" || *key == "" || *to == "" {
		return fmt.Errorf("%w : --server, --key et --out sont nécessaires, ou --show", errUsage)
	}
	if *certificate != "" {
		pem, err := os.ReadFile(*certificate)
		if err != nil {
			return fmt.Errorf("reading the certificate: %w", err)
		}
		p.Certificate = string(pem)
	}
	code, err := optionalSecret(*codeFile)
	if err != nil {
		return err
	}
	p.Code = string(code)
	phrase, err := optionalSecret(*password)
	if err != nil {
		return err
	}
	private, err := signingKey(*key, phrase)
	if err != nil {
		return err
	}
	file, err := provision.Seal(p, time.Now().AddDate(0, 0, *days), private)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*to, file, 0o600); err != nil {
		return fmt.Errorf("writing the provisioning file: %w", err)
	}
	fmt.Fprintln(out, *to)
	return nil
}

// signingKey reads a minisign key, which a password seals or not.
func signingKey(path string, password []byte) (key minisign.PrivateKey, err error) {
	content, err := os.ReadFile(path)
	switch {
	case err != nil:
	case minisign.IsEncrypted(content):
		key, err = minisign.DecryptKey(string(password), content)
	default:
		err = key.UnmarshalText(content)
	}
	if err != nil {
		return key, fmt.Errorf("opening the signing key: %w", err)
	}
	return key, nil
}

func optionalSecret(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return readSecret(path)
}

func showProvision(path, public string, out io.Writer) error {
	key := provision.Key
	if public != "" {
		k, err := minisign.PublicKeyFromFile(public)
		if err != nil {
			return fmt.Errorf("reading the public key: %w", err)
		}
		key = k.String()
	}
	p, err := provision.OpenFile(path, key, time.Now())
	if err != nil {
		return err
	}
	waits := p.Code != ""
	p.Code = ""
	return answerJSON(out, struct {
		provision.Provision
		Code bool `json:"enrolCode"`
	}{p, waits})
}
