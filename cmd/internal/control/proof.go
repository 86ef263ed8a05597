package control

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
)

// runProof checks a proof bundle: digests, journal, signatures. It needs no installation.
func runProof(ctx context.Context, args []string, out io.Writer) error {
	f := flags("proof", out)
	roots := f.String("roots", "", "certificats d’autorités de confiance (PEM)")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl proof [--roots FICHIER.pem] DOSSIER.zip", errUsage)
	}
	anchors, err := readRoots(*roots)
	if err != nil {
		return err
	}
	raw, err := readDocument(f.Arg(0))
	if err != nil {
		return err
	}
	all, err := asic.Open(raw) // a ZIP with the limits of a signature container
	if err != nil {
		return fmt.Errorf("ouverture du dossier de preuve : %w", err)
	}
	files := map[string][]byte{}
	for _, one := range all {
		files[one.Name] = one.Content
	}
	if err := checkDigests(files); err != nil {
		return err
	}
	fmt.Fprintf(out, "Empreintes : les %d fichiers sont ceux qui ont été réunis.\n", len(files)-1)
	if err := checkJournal(files[office.BundleJournal], out); err != nil {
		return err
	}
	return checkDocuments(ctx, files, validation.Options{Anchors: anchors, Now: time.Now()}, out)
}

// checkDigests holds every file against the list, which must name them all.
func checkDigests(files map[string][]byte) error {
	named := map[string]bool{office.BundleDigests: true}
	lines := bufio.NewScanner(bytes.NewReader(files[office.BundleDigests]))
	for lines.Scan() {
		digest, name, found := strings.Cut(lines.Text(), "  ")
		content, there := files[name]
		if !found || !there {
			return fmt.Errorf("le fichier « %s » manque au dossier", name)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != digest {
			return fmt.Errorf("le fichier « %s » a été modifié", name)
		}
		named[name] = true
	}
	for name := range files {
		if !named[name] {
			return fmt.Errorf("le fichier « %s » a été ajouté au dossier", name)
		}
	}
	return lines.Err()
}

// checkJournal verifies each entry's hash, signature and place in the log.
func checkJournal(text []byte, out io.Writer) error {
	var p office.ProofJournal
	if err := json.Unmarshal(text, &p); err != nil {
		return fmt.Errorf("lecture du journal : %w", err)
	}
	placed := 0
	for i, e := range p.Entries {
		key, err := hex.DecodeString(p.Devices[e.Device])
		switch {
		case err != nil || len(key) != ed25519.PublicKeySize:
			return fmt.Errorf("l’entrée %d est d’un ordinateur inconnu", i+1)
		case e.ComputeHash() != e.Hash:
			return fmt.Errorf("l’entrée %d du journal a été modifiée : %w", i+1, journal.ErrHash)
		case !ed25519.Verify(key, e.Hash[:], e.Sig):
			return fmt.Errorf("l’entrée %d du journal n’est pas signée par son ordinateur : %w", i+1, journal.ErrSignature)
		case i > 0 && e.Base != p.Entries[i-1].Hash:
			return fmt.Errorf("l’entrée %d ne suit pas la précédente : %w", i+1, journal.ErrBase)
		}
		if e.Place == 0 || e.Place > p.Size {
			continue
		}
		if err := journal.CheckInclusion(&journal.Placed{Entry: e.Entry, Seq: e.Place}, p.Size, p.Root, e.Proof); err != nil {
			return fmt.Errorf("l’entrée %d n’est pas à sa place dans le journal du serveur : %w", i+1, err)
		}
		placed++
	}
	fmt.Fprintf(out, "Journal : %d entrées signées, dont %d prouvées dans le journal du serveur (racine %s, %d entrées).\n", len(p.Entries), placed, p.Root, p.Size)
	return nil
}

// checkDocuments judges the signatures of each document.
func checkDocuments(ctx context.Context, files map[string][]byte, o validation.Options, out io.Writer) error {
	var all validation.Report
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Dir(name) != "documents" {
			continue
		}
		one := o
		if format := validator.FormatOf(files[name]); format == validator.Unknown || format == validator.Container && !strings.HasPrefix(path.Ext(name), ".asic") {
			continue // signed beside itself, if at all
		}
		one.Beside = func(string) ([]byte, bool) {
			signed := strings.TrimSuffix(name, ".p7s")
			content, there := files[signed]
			return content, there && signed != name
		}
		report, err := validator.Validate(ctx, files[name], one)
		if err != nil {
			return fmt.Errorf("vérification de « %s » : %w", path.Base(name), err)
		}
		for _, v := range report.Signatures {
			fmt.Fprintf(out, "%s : %s, %s %s\n", path.Base(name), v.Signer.Name, v.Indication, v.Sub)
		}
		all.Signatures = append(all.Signatures, report.Signatures...)
	}
	return verdict(all)
}
