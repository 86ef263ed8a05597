package control

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
)

// installed opens this computer's installation. Without a keyring the
// passphrase is read from AIRIAL_PASSPHRASE_FILE: never from the command line.
func installed(ctx context.Context, dir string) (*office.Office, error) {
	o, err := options(dir)
	if err != nil {
		return nil, err
	}
	return office.Open(ctx, o)
}

func options(dir string) (o office.Options, err error) {
	if dir == "" {
		if dir, err = office.Folder(); err != nil {
			return o, err
		}
	}
	o = office.Options{Dir: dir, Keyring: keys.System(), Now: time.Now, Rand: rand.Reader, Explain: explain.Words}
	if path := os.Getenv("AIRIAL_PASSPHRASE_FILE"); path != "" {
		o.Passphrase = func(context.Context) ([]byte, error) { return readSecret(path) }
	}
	return o, nil
}

const maxSecret = 1 << 10

// readSecret reads a file that holds one secret, less its last line break; «-» is the keyboard.
func readSecret(path string) ([]byte, error) {
	text, err := secretText(path)
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return text, err
}

func secretText(path string) ([]byte, error) {
	if path == "-" {
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, maxSecret)).ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return line, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the secret's file: %w", err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSecret))
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
	codeFile := f.String("code-file", "", "fichier qui contient le code donné par l’administrateur ; « - » le lit au clavier")
	name := f.String("name", "", "nom de cet ordinateur")
	if err := parse(f, args); err != nil {
		return err
	}
	if *address == "" || *codeFile == "" || *name == "" {
		return fmt.Errorf("%w : --server, --code-file et --name sont nécessaires", errUsage)
	}
	code, err := readSecret(*codeFile)
	if err != nil {
		return err
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
	h, err := o.Enrol(ctx, server, string(code), *name)
	if err == nil {
		_, err = h.Sync.Once(ctx)
	}
	if err == nil {
		fmt.Fprintf(out, "%s est rattaché à la collectivité %s.\n", *name, h.ID())
	}
	return errors.Join(err, o.Close())
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

func runRecover(ctx context.Context, args []string, out io.Writer) error {
	f := flags("recover", out)
	dir := f.String("dir", "", "dossier de l’installation, vide ou non")
	code := f.String("code-file", "", "fichier qui contient le code de la fiche de secours ; « - » le lit au clavier")
	if err := parse(f, args); err != nil {
		return err
	}
	if *code == "" {
		return fmt.Errorf("%w : --code-file est nécessaire", errUsage)
	}
	text, err := readSecret(*code)
	if err != nil {
		return err
	}
	defer clear(text)
	o, err := options(*dir)
	if err != nil {
		return err
	}
	if err := office.Recover(ctx, o, string(text)); err != nil {
		return err
	}
	fmt.Fprintln(out, "Cet ordinateur ouvre de nouveau ses données ; sur un ordinateur neuf, « airialctl restore » rend la dernière sauvegarde.")
	return nil
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
	return trust.ParsePEM(text)
}
