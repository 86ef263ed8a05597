package control

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// maxAudit bounds a proof that is read: an entry and its documents' digests, the devices.
const maxAudit = 16 << 20

// runAudit proves to a third party that the log holds an entry, or checks such a proof.
func runAudit(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("audit", out)
	where := hallFlags(f)
	stream := f.String("stream", "", "liste les éléments d’un flux («folder/…»), avec leur place")
	file := f.String("out", "", "fichier qui reçoit la preuve")
	check := f.String("check", "", "vérifie la preuve de ce fichier ; ne demande aucune installation")
	key := f.String("key", "", "clé publique du serveur (base64), apprise d’ailleurs que du fichier")
	if err := parse(f, args); err != nil {
		return err
	}
	if *check != "" && f.NArg() == 0 {
		return checkAudit(*check, *key, out)
	}
	if *check != "" || *stream == "" && (f.NArg() != 1 || *file == "") {
		return fmt.Errorf("%w : airialctl audit ÉLÉMENT --out FICHIER, ou --stream FLUX, ou --check FICHIER --key CLÉ", errUsage)
	}
	h, shut, err := where.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	if *stream != "" {
		return listStream(ctx, h.Store, *stream, out)
	}
	if h.Sync == nil {
		return errors.New("cet ordinateur n’est pas rattaché à un serveur : le journal n’a pas d’autre témoin que lui")
	}
	p, err := h.Sync.Prove(ctx, f.Arg(0))
	if errors.Is(err, client.ErrNotPlaced) {
		return fmt.Errorf("cet élément n’a pas encore été envoyé au serveur : échangez, puis recommencez (%w)", err)
	}
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(*file, append(text, '\n')); err != nil {
		return fmt.Errorf("écriture de la preuve : %w", err)
	}
	fmt.Fprintf(out, "Élément n° %d sur %d, du %s : preuve dans %s.\nClé du serveur, à comparer à celle que l’agence publie : %s\n",
		p.Entry.Seq, p.Size, p.Head.At.Local().Format("02/01/2006 à 15:04"), *file, base64.StdEncoding.EncodeToString(p.LogKey))
	return nil
}

// listStream tells which entries a stream has.
func listStream(ctx context.Context, s *store.DB, stream string, out io.Writer) error {
	return s.View(ctx, func(tx *store.Tx) error {
		all, err := journal.Stream(tx, stream)
		if err != nil {
			return err
		}
		for _, r := range all {
			fmt.Fprintf(out, "%s  n° %d  %s  %s  %s\n", r.ID, r.ServerSeq, r.At.Local().Format("02/01/2006 15:04"), r.Kind, r.Actor)
		}
		if len(all) == 0 {
			fmt.Fprintln(out, "ce flux n’a aucun élément")
		}
		return nil
	})
}

func checkAudit(file, key string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("lecture de la preuve : %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxAudit))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("lecture de la preuve : %w", err)
	}
	var p protocol.Inclusion
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("ce fichier n’est pas une preuve (%w)", err)
	}
	logKey, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(logKey) != ed25519.PublicKeySize {
		return fmt.Errorf("%w : --key donne la clé du serveur, que l’agence publie ; celle du fichier ne prouverait rien", errUsage)
	}
	if err := p.Check(logKey); err != nil {
		return fmt.Errorf("%w : la preuve ne tient pas (%w)", errInvalid, err)
	}
	fmt.Fprintf(out, "L’élément %s (%s, par %s) est le n° %d des %d que le journal de %s comptait le %s, et rien n’en a changé.\n",
		p.Entry.ID, p.Entry.Kind, p.Entry.Actor, p.Entry.Seq, p.Size, p.Head.Authority, p.Head.At.Local().Format("02/01/2006 à 15:04"))
	return nil
}
