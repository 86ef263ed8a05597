package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/sync/client"
)

// Options say how the demonstration is played.
type Options struct {
	// Out receives the documents and report.json; Work holds the laptops and
	// the server while it is played.
	Out, Work string
	// Document is the PDF to send round; Letter when nil.
	Document []byte
	Name     string
	Version  string
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger
	// Tell is told of each step; it may be nil.
	Tell func(Step)
	// Passphrase opens the laptops again after the play; one is drawn when nil.
	Passphrase []byte
	// Opened is told of each laptop as soon as it has joined; it may be nil.
	Opened func(*office.Hall)
}

// scene is what the steps share.
type scene struct {
	play
	o         Options
	town      *Town
	renderer  *pageimage.Renderer
	read      office.Pager
	desk      *office.Office // the secretary's installation
	home      *office.Office // the mayor's
	secretary *office.Hall
	mayor     *office.Hall
	token     token.Provider // the mayor's
	folder    string
}

// Run plays the main job and leaves its documents and report.json. The error
// names the step that did not hold.
func Run(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Out, 0o700); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	if o.Document == nil {
		o.Document, o.Name = Letter, "lettre-de-commande.pdf"
	}
	s := &scene{play: play{out: o.Out, now: o.Now, report: Report{Version: o.Version}}, o: o}
	s.renderer = pageimage.New(ctx, filepath.Join(o.Work, "pages"), o.Rand)
	s.renderer.Warm()
	s.read = office.Read(s.renderer)
	began := o.Now()
	err := s.all(ctx)
	s.report.Held, s.report.Seconds = err == nil, o.Now().Sub(began).Seconds()
	return errors.Join(err, s.write(), s.close())
}

func (s *scene) all(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"rattacher deux ordinateurs au serveur", s.enrol},
		{"importer un document et l’envoyer dans le circuit, hors ligne", s.send},
		{"lire et signer chez le maire, hors ligne, puis horodater", s.sign},
		{"recevoir, vérifier hors ligne et imprimer le bordereau", s.receive},
		{"délibérer, et faire signer la délibération", s.deliberate},
		{"apposer une mention de mariage en marge d’un acte", s.mention},
		{"trancher un désaccord né hors ligne", s.disagree},
		{"vérifier le journal, sauvegarder et restaurer", s.prove},
	} {
		if err := s.act(ctx, step.name, step.do, s.o.Tell); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) close() error {
	var errs []error
	for _, o := range []*office.Office{s.desk, s.home} {
		if o != nil {
			errs = append(errs, o.Close())
		}
	}
	if s.town != nil {
		errs = append(errs, s.town.Close())
	}
	return errors.Join(append(errs, s.renderer.Close())...)
}

func (s *scene) enrol(ctx context.Context) (err error) {
	if s.town, err = Open(ctx, s.o.Work, s.o.Now, s.o.Rand, s.o.Log); err != nil {
		return err
	}
	s.town.passphrase = s.o.Passphrase
	if s.desk, s.secretary, err = s.town.Laptop(ctx, "secretariat", "Ordinateur du secrétariat", Secretary); err != nil {
		return err
	}
	if s.home, s.mayor, err = s.town.Laptop(ctx, "maire", "Portable du maire", Mayor); err != nil {
		return err
	}
	if s.o.Opened != nil {
		s.o.Opened(s.secretary)
		s.o.Opened(s.mayor)
	}
	if err := Settle(ctx, s.secretary); err != nil {
		return err
	}
	if err := s.sync(ctx, s.secretary, s.mayor); err != nil {
		return err
	}
	a, err := s.mayor.Authority(ctx)
	if err != nil {
		return fmt.Errorf("the mayor's laptop does not know the commune: %w", err)
	}
	s.saw("serveur %s, en TLS 1.3", s.town.Address().URL)
	s.saw("%s et %s rattachés à %s", s.secretary.Device(), s.mayor.Device(), a.Name)
	if s.token, err = s.town.Token(ctx, "Maïté FICTIVE", true); err != nil {
		return fmt.Errorf("preparing the mayor's token: %w", err)
	}
	s.saw("jeton PKCS#11 du maire : RSA 3072, autorité de démonstration")
	return nil
}

// sync exchanges on each hall in turn.
func (s *scene) sync(ctx context.Context, halls ...*office.Hall) error {
	for _, h := range halls {
		if _, err := h.Exchange(ctx); err != nil {
			return fmt.Errorf("%s: %w", h.Device(), err)
		}
	}
	return nil
}

func (s *scene) send(ctx context.Context) (err error) {
	s.secretary.Sync.SetOnline(false)
	if _, err := s.secretary.Sync.Once(ctx); !errors.Is(err, client.ErrPaused) {
		return fmt.Errorf("the laptop is offline, and yet it exchanged: %w", err)
	}
	file, err := s.file(ctx, s.o.Name, s.o.Document)
	if err != nil {
		return err
	}
	s.folder, err = s.secretary.Folders.Import(ctx, Secretary, parapheur.Import{
		Title: "Lettre de commande — toiture de la salle des fêtes", Kind: parapheur.Procurement, Files: []parapheur.File{file}, Route: parapheur.UsualRoute(),
		Deadline: authority.DayOf(s.o.Now()).Plus(3),
	})
	if err != nil {
		return err
	}
	f, err := s.secretary.Folders.Folder(ctx, s.folder)
	if err != nil {
		return err
	}
	if err := s.secretary.Folders.Send(ctx, Secretary, s.folder); err != nil {
		return err
	}
	if err := s.secretary.Folders.Approve(ctx, Secretary, s.folder, "Conforme au devis.", f.Seen()); err != nil {
		return err
	}
	s.saw("%s (%d pages) importé, envoyé et visé hors ligne", file.Name, file.Pages)
	s.secretary.Sync.SetOnline(true)
	out, err := s.secretary.Sync.Once(ctx)
	if err != nil {
		return err
	}
	s.saw("de retour en ligne : %d actes et %d document envoyés", out.Sent, out.Uploaded)
	return nil
}

// file reads a PDF as the desk wants it: its pages counted, its words taken.
func (s *scene) file(ctx context.Context, name string, content []byte) (f parapheur.File, err error) {
	f = parapheur.File{Name: name, Content: content}
	if f.Pages, f.Text, err = s.read(ctx, content); err != nil {
		return f, fmt.Errorf("reading %s: %w", name, err)
	}
	return f, nil
}

func (s *scene) sign(ctx context.Context) error {
	if err := s.sync(ctx, s.mayor); err != nil {
		return err
	}
	s.mayor.Sync.SetOnline(false)
	if err := s.mayor.Folders.MarkRead(ctx, Mayor, s.folder); err != nil {
		return err
	}
	f, err := s.mayor.Folders.Folder(ctx, s.folder)
	if err != nil {
		return err
	}
	if err := s.show(ctx, f); err != nil {
		return err
	}
	if err := s.signWith(ctx, s.mayor, Mayor, s.token, f); err != nil {
		return err
	}
	if f, err = s.mayor.Folders.Folder(ctx, s.folder); err != nil {
		return err
	}
	if !f.Signatures[0].Offline || f.Signatures[0].Level != "B-B" {
		return fmt.Errorf("the signature is not labelled as made offline: %+v", f.Signatures[0])
	}
	s.saw("signé PAdES B-B par %s, «signée hors ligne, à horodater»", f.Signatures[0].Subject)
	s.mayor.Sync.SetOnline(true)
	if err := s.sync(ctx, s.mayor); err != nil {
		return err
	}
	if f, err = s.mayor.Folders.Folder(ctx, s.folder); err != nil {
		return err
	}
	if f.Signatures[0].Offline || f.Signatures[0].Level != "B-LTA" {
		return fmt.Errorf("the signature was not raised: %+v", f.Signatures[0])
	}
	s.saw("de retour en ligne : horodatée et portée au niveau %s, envoyée", f.Signatures[0].Level)
	return nil
}

// show draws the pages as the mayor sees them, from the blob that is signed.
func (s *scene) show(ctx context.Context, f *parapheur.Folder) error {
	content, err := s.mayor.Store.Blobs().Read(f.Documents[0].Digest, parapheur.MaxDocument)
	if err != nil {
		return err
	}
	d, err := s.renderer.Open(ctx, f.Documents[0].Digest.String(), content)
	if err != nil {
		return err
	}
	for i := range min(d.Pages(), 3) {
		img, err := d.Render(ctx, i, 900)
		if err != nil {
			return fmt.Errorf("drawing page %d: %w", i+1, err)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			return err
		}
		if err := s.leave(fmt.Sprintf("page-%d.png", i+1), b.Bytes()); err != nil {
			return err
		}
	}
	s.saw("%d pages montrées, hors ligne", d.Pages())
	return nil
}

func (s *scene) signWith(ctx context.Context, h *office.Hall, person string, from token.Provider, f *parapheur.Folder) error {
	signer, err := session(ctx, from)
	if err != nil {
		return fmt.Errorf("opening the token: %w", err)
	}
	results, err := h.Folders.Sign(ctx, person, parapheur.Lot{
		Folders: []parapheur.SeenFolder{{ID: f.ID, Seen: f.Seen()}}, Signer: signer, Place: Commune().Place, PostalCode: Commune().PostalCode(), Policy: pes.Policy(), Device: h.Device(),
	}, nil)
	if err = errors.Join(err, signer.Close()); err != nil {
		return err
	}
	return results[0].Err
}

func (s *scene) receive(ctx context.Context) error {
	if err := s.sync(ctx, s.secretary); err != nil {
		return err
	}
	s.secretary.Sync.SetOnline(false)
	defer s.secretary.Sync.SetOnline(true)
	if err := s.leaveSigned(ctx, s.folder, "signe-"+s.o.Name, 1); err != nil {
		return err
	}
	slip, err := s.secretary.Folders.Slip(ctx, s.folder, s.desk.Validate)
	if err != nil {
		return fmt.Errorf("printing the slip: %w", err)
	}
	s.saw("bordereau de signature : %d page(s)", slip.Pages)
	if err := s.leave("bordereau-de-signature.pdf", slip.PDF); err != nil {
		return err
	}
	proof, err := s.secretary.Bundle(ctx, s.folder)
	if err != nil {
		return fmt.Errorf("gathering the proof: %w", err)
	}
	if err := s.leave("dossier-de-preuve.zip", proof); err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := s.secretary.Archive(ctx, s.folder, &archive); err != nil {
		return fmt.Errorf("making the archive package: %w", err)
	}
	return s.leave("paquet-d-archivage.zip", archive.Bytes())
}

// leaveSigned validates a folder's document on the secretary's laptop, offline,
// and leaves it.
func (s *scene) leaveSigned(ctx context.Context, folder, name string, signatures int) error {
	f, err := s.secretary.Folders.Folder(ctx, folder)
	if err != nil {
		return err
	}
	content, err := s.secretary.Store.Blobs().Read(f.Documents[0].Digest, parapheur.MaxDocument)
	if err != nil {
		return err
	}
	report, err := s.desk.Validate(ctx, content, nil)
	if err != nil {
		return fmt.Errorf("validating: %w", err)
	}
	valid := 0
	for _, v := range report.Signatures {
		if v.Kind == validation.DocumentTimestamp {
			continue
		}
		if v.Indication != trust.Passed {
			return fmt.Errorf("the signature of %s: %s %s, %s", v.Name, v.Indication, v.Sub, v.Why)
		}
		s.saw("%s : %s, niveau %s, horodatée le %s", v.Name, v.Indication, v.Level, v.Proven.Format("02/01/2006 15:04:05"))
		valid++
	}
	if valid != signatures {
		return fmt.Errorf("%d valid signatures, %d wanted", valid, signatures)
	}
	return s.leave(name, content)
}
