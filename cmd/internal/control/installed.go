package control

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
)

// installed opens this computer's installation. Without a keyring the
// passphrase is read from AIRIAL_PASSPHRASE_FILE: never from the command line.
func installed(ctx context.Context, dir string) (*office.Office, error) {
	if dir == "" {
		var err error
		if dir, err = office.Folder(); err != nil {
			return nil, err
		}
	}
	o := office.Options{Dir: dir, Keyring: keys.System(), Now: time.Now, Rand: rand.Reader}
	if path := os.Getenv("AIRIAL_PASSPHRASE_FILE"); path != "" {
		o.Passphrase = func(context.Context) ([]byte, error) { return readSecret(path) }
	}
	return office.Open(ctx, o)
}

const maxSecret = 1 << 10

// readSecret reads a file that holds one secret, less its last line break.
func readSecret(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the secret's file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret))
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return text, err
}

// each opens the authorities of the installation in turn.
func each(ctx context.Context, dir string, do func(*office.Office, *office.Hall) error) (err error) {
	o, err := installed(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	ids, err := o.Authorities()
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return errors.New("aucune collectivité sur cet ordinateur")
	}
	for _, id := range ids {
		h, err := o.Hall(ctx, id)
		if err != nil {
			return err
		}
		if err := do(o, h); err != nil {
			return fmt.Errorf("collectivité %s : %w", id, err)
		}
	}
	return nil
}

func runEnrol(ctx context.Context, args []string, out io.Writer) error {
	f := flags("enrol", out)
	dir := f.String("dir", "", "dossier de l’installation")
	address := f.String("server", "", "adresse du serveur, https://…")
	certificate := f.String("certificate", "", "certificat du serveur (PEM), quand il a le sien propre")
	code := f.String("code", "", "code donné par l’administrateur")
	name := f.String("name", "", "nom de cet ordinateur")
	if err := parse(f, args); err != nil {
		return err
	}
	if *address == "" || *code == "" || *name == "" {
		return fmt.Errorf("%w : --server, --code et --name sont nécessaires", errUsage)
	}
	server := client.Server{URL: *address}
	if *certificate != "" {
		all, err := readRoots(*certificate)
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return fmt.Errorf("%s : un certificat est attendu, %d trouvés", *certificate, len(all))
		}
		server.Certificate = all[0].Raw
	}
	o, err := installed(ctx, *dir)
	if err != nil {
		return err
	}
	h, err := o.Enrol(ctx, server, *code, *name)
	if err == nil {
		_, err = h.Sync.Once(ctx)
	}
	if err == nil {
		fmt.Fprintf(out, "%s est rattaché à la collectivité %s.\n", *name, h.ID())
	}
	return errors.Join(err, o.Close())
}

func runDoctor(ctx context.Context, args []string, out io.Writer) error {
	f := flags("doctor", out)
	dir := f.String("dir", "", "dossier de l’installation")
	if err := parse(f, args); err != nil {
		return err
	}
	wrong := 0
	err := each(ctx, *dir, func(_ *office.Office, h *office.Hall) error {
		fmt.Fprintf(out, "Collectivité %s\n", h.ID())
		found, err := h.Store.Check(ctx, true)
		if err != nil {
			return err
		}
		for _, x := range found {
			wrong++
			cure := "restaurez la dernière sauvegarde : airialctl restore"
			if x.Missing {
				cure = "il reviendra à la prochaine synchronisation"
			}
			fmt.Fprintf(out, "  ✗ %s : %s ; %s\n", x.What, x.Detail, cure)
		}
		proof, err := h.Verify(ctx)
		if err != nil {
			wrong++
			fmt.Fprintf(out, "  ✗ journal : %v ; ne travaillez plus sur cet ordinateur et prévenez l’assistance\n", err)
			return nil
		}
		if len(found) == 0 {
			fmt.Fprintln(out, "  ✓ base de données et documents intacts")
		}
		fmt.Fprintf(out, "  ✓ journal : %d entrées de %d appareils, journal du serveur vérifié jusqu’à %d\n", proof.Entries, proof.Devices, proof.LogSize)
		return nil
	})
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d anomalie(s)", wrong)
	}
	return err
}

func runBackup(ctx context.Context, args []string, out io.Writer) error {
	f := flags("backup", out)
	dir := f.String("dir", "", "dossier de l’installation")
	to := f.String("to", "", "dossier qui reçoit les sauvegardes")
	if err := parse(f, args); err != nil {
		return err
	}
	if *to == "" {
		return fmt.Errorf("%w : --to DOSSIER est nécessaire", errUsage)
	}
	return each(ctx, *dir, func(_ *office.Office, h *office.Hall) error {
		path, err := h.BackupInto(ctx, *to, nil)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, path)
		return nil
	})
}

func runRescue(ctx context.Context, args []string, out io.Writer) error {
	f := flags("rescue", out)
	dir := f.String("dir", "", "dossier de l’installation")
	authority := f.String("authority", "", "SIREN de la collectivité verrouillée")
	code := f.String("code-file", "", "fichier qui contient le code de reprise donné par l’administrateur (alpi-server device rescue)")
	to := f.String("to", "", "sauvegarde à écrire (.age)")
	if err := parse(f, args); err != nil {
		return err
	}
	if *authority == "" || *code == "" || *to == "" {
		return fmt.Errorf("%w : --authority, --code-file et --to sont nécessaires", errUsage)
	}
	text, err := readSecret(*code)
	if err != nil {
		return err
	}
	o, err := installed(ctx, *dir)
	if err != nil {
		return err
	}
	if err = o.Rescue(ctx, *authority, string(text), *to); err == nil {
		fmt.Fprintln(out, *to, "contient tout ce que cet ordinateur gardait ; « airialctl restore » l’ouvre.")
	}
	return errors.Join(err, o.Close())
}

func runRestore(ctx context.Context, args []string, out io.Writer) error {
	f := flags("restore", out)
	dir := f.String("dir", "", "dossier de l’installation, dont la clé ouvre la sauvegarde")
	from := f.String("from", "", "sauvegarde (.age)")
	authority := f.String("authority", "", "SIREN de la collectivité")
	to := f.String("to", "", "dossier vide qui la reçoit")
	if err := parse(f, args); err != nil {
		return err
	}
	if *from == "" || *to == "" || *authority == "" {
		return fmt.Errorf("%w : --from, --authority et --to sont nécessaires", errUsage)
	}
	o, err := installed(ctx, *dir)
	if err != nil {
		return err
	}
	if err = o.Restore(ctx, *from, *authority, *to); err == nil {
		fmt.Fprintln(out, "Restaurée dans", *to)
	}
	return errors.Join(err, o.Close())
}

// readRoots reads certificates in PEM; no path gives none.
func readRoots(path string) (roots []*x509.Certificate, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return roots, nil
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading a certificate: %w", err)
		}
		roots, text = append(roots, c), rest
	}
}
