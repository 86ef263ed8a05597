package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

// deliberate drafts offline, sits, votes, prints and has both sign.
func (s *scene) deliberate(ctx context.Context) error {
	h := s.secretary
	h.Sync.SetOnline(false)
	id, err := Draft(ctx, h.Council, s.o.Now())
	if err != nil {
		return err
	}
	sitting, err := s.sit(ctx, id)
	if err != nil {
		return err
	}
	number, err := h.Council.Finalise(ctx, Secretary, id, sitting)
	if err != nil {
		return err
	}
	printed, err := h.Council.Print(ctx, id)
	if err != nil {
		return err
	}
	s.saw("délibération %s imprimée : %d page(s)", number, printed.Pages)
	if err := s.leave("deliberation.pdf", printed.PDF); err != nil {
		return err
	}
	folder, err := h.SendDeliberation(ctx, Secretary, id, s.read)
	if err != nil {
		return err
	}
	h.Sync.SetOnline(true)
	if err := s.sync(ctx, h, s.mayor); err != nil {
		return err
	}
	return s.bothSign(ctx, id, folder)
}

// Draft writes the demonstration's deliberation from a template.
func Draft(ctx context.Context, c *council.Council, now time.Time) (string, error) {
	id, err := c.Draft(ctx, Secretary, "subventions")
	if err != nil {
		return "", err
	}
	d, err := c.Deliberation(ctx, id)
	if err != nil {
		return "", err
	}
	text := d.Text
	values := map[string]string{
		"beneficiaire": "l’Amicale imaginaire des Pins", "objet": "l’organisation de la fête du village", "annee": fmt.Sprint(now.Year()), "montant": "1 200 €",
	}
	for i := range text.Variables {
		if text.Variables[i].Value = values[text.Variables[i].Name]; text.Variables[i].Value == "" {
			text.Variables[i].Value = "à préciser"
		}
	}
	text.Reporter = "Mme Ève Exemple, 1re adjointe"
	return id, c.Save(ctx, Secretary, id, d.Edition, text)
}

// sit records a sitting: thirteen present, a proxy, one excused; a vote.
func (s *scene) sit(ctx context.Context, deliberation string) (string, error) {
	c := s.secretary.Council
	at := time.Date(s.o.Now().Year(), s.o.Now().Month(), s.o.Now().Day(), 20, 0, 0, 0, s.o.Now().Location())
	day := authority.DayOf(at)
	late := council.Convene{At: at, Place: "à la mairie, salle du conseil", Convened: day.Plus(-3), Posted: day.Plus(-3), Agenda: []string{deliberation}}
	if _, err := c.Convene(ctx, Secretary, late); rule.Find(err) == nil {
		return "", fmt.Errorf("a summons two clear days before was taken: %w", err)
	}
	in := late
	in.Convened, in.Posted = day.Plus(-6), day.Plus(-6)
	id, err := c.Convene(ctx, Secretary, in)
	if err != nil {
		return "", err
	}
	sitting, err := c.Sitting(ctx, id)
	if err != nil {
		return "", err
	}
	ballot := council.Ballot{Deliberation: deliberation, Manner: council.Ordinary, Choices: map[string]council.Choice{}}
	if _, err := c.Vote(ctx, Secretary, id, ballot, ""); rule.Find(err) == nil {
		return "", fmt.Errorf("a vote without quorum was taken: %w", err)
	}
	n := len(sitting.Members)
	for i, m := range sitting.Members {
		a := council.Attendance{Presence: council.Present}
		switch i {
		case n - 1:
			a.Presence = council.Excused
		case n - 2:
			a.Presence = council.Absent
		}
		if err := c.Call(ctx, Secretary, id, m.ID, a); err != nil {
			return "", err
		}
	}
	proxy := council.Proxy{From: sitting.Members[n-1].ID, To: sitting.Members[4].ID, Day: day.Plus(-1)}
	if err := c.TakeProxy(ctx, Secretary, id, proxy); err != nil {
		return "", err
	}
	if err := c.NameSecretary(ctx, Secretary, id, Deputy); err != nil {
		return "", err
	}
	ballot.Choices[sitting.Members[7].ID] = council.Against
	ballot.Choices[sitting.Members[9].ID] = council.Abstain
	v, err := c.Vote(ctx, Secretary, id, ballot, "")
	if err != nil {
		return "", err
	}
	s.saw("%s", v.Quorum.Words)
	s.saw("%s", v.Why)
	return id, c.Close(ctx, Secretary, id)
}

func (s *scene) bothSign(ctx context.Context, id, folder string) error {
	f, err := s.mayor.Folders.Folder(ctx, folder)
	if err != nil {
		return err
	}
	if err := s.signWith(ctx, s.mayor, Mayor, s.token, f); err != nil {
		return fmt.Errorf("the mayor: %w", err)
	}
	if err := s.sync(ctx, s.mayor, s.secretary); err != nil {
		return err
	}
	// The secretary of the sitting signs on the office's computer, with a token of her own.
	hers, err := s.town.Token(ctx, "Ève EXEMPLE", false)
	if err != nil {
		return err
	}
	if f, err = s.secretary.Folders.Folder(ctx, folder); err != nil {
		return err
	}
	if err := s.signWith(ctx, s.secretary, Deputy, hers, f); err != nil {
		return fmt.Errorf("the secretary of the sitting: %w", err)
	}
	if err := s.sync(ctx, s.secretary, s.mayor); err != nil {
		return err
	}
	if f, err = s.secretary.Folders.Folder(ctx, folder); err != nil {
		return err
	}
	if f.State != parapheur.Done {
		return fmt.Errorf("the folder is %s", f.State)
	}
	if err := s.secretary.TakeSigned(ctx, Secretary, folder); err != nil {
		return err
	}
	return s.leaveSigned(ctx, folder, "deliberation-signee.pdf", 2)
}

// mention imports a birth act's image and takes a marriage to its margin.
func (s *scene) mention(ctx context.Context) error {
	h := s.secretary
	scan, err := Scan(BirthAct())
	if err != nil {
		return fmt.Errorf("drawing the act: %w", err)
	}
	if _, err := h.Acts.Import(ctx, Secretary, BirthAct(), []civilstatus.Page{{Name: "vide.png"}}); rule.Find(err) == nil {
		return fmt.Errorf("an image of no byte was taken: %w", err)
	}
	act, err := h.Acts.Import(ctx, Secretary, BirthAct(), []civilstatus.Page{{Name: "naissance-1994-007.png", Content: scan}})
	if err != nil {
		return err
	}
	today := authority.DayOf(s.o.Now())
	m, err := h.Acts.Record(ctx, Secretary, act, "MARIAGE", Wedding(), "avis de mention de la mairie du lieu de mariage", today.Plus(-1))
	if err != nil {
		return err
	}
	a, err := h.Acts.Act(ctx, act)
	if err != nil {
		return err
	}
	s.saw("à apposer avant le %s : «%s»", a.Mentions[0].Due, a.Mentions[0].Text)
	sheet, err := h.Acts.Sheet(ctx, act, m)
	if err != nil {
		return fmt.Errorf("printing the sheet: %w", err)
	}
	if err := h.Acts.Affix(ctx, Secretary, act, m, Mayor, today); err != nil {
		return err
	}
	notice, err := h.Acts.Notice(ctx, act, m, []string{"Greffe du tribunal judiciaire de Dax", "Service de l’état civil"})
	if err != nil {
		return fmt.Errorf("printing the notice: %w", err)
	}
	if err := h.Acts.Notify(ctx, Secretary, act, m, today); err != nil {
		return err
	}
	if a, err = h.Acts.Act(ctx, act); err != nil {
		return err
	}
	if !a.Outdated || a.Mentions[0].State != civilstatus.Notified {
		return fmt.Errorf("the act is %+v", a)
	}
	kept, err := h.Store.Blobs().Read(a.Images[0].Digest, civilstatus.MaxImage)
	if err != nil || !bytes.Equal(kept, scan) {
		return fmt.Errorf("the image is not what was imported: %w", err)
	}
	s.saw("apposée par le maire ; image inchangée, signalée «pas à jour»")
	return errors.Join(s.leave("acte-naissance.png", scan), s.leave("mention-a-apposer.pdf", sheet.PDF), s.leave("avis-de-mention.pdf", notice.PDF))
}

// BirthAct is the demonstration's act.
func BirthAct() civilstatus.Act {
	return civilstatus.Act{
		Kind: civilstatus.Birth, Year: 1994, Register: "Naissances", Number: "7", Page: "4", Date: "1994-05-03",
		LastName: "Exemple", FirstName: "Camille Élise", Gender: civilstatus.Feminine, Commune: Commune().Place,
	}
}

// Wedding is what the notice of marriage says.
func Wedding() map[string]string {
	return map[string]string{"lieu": "Dax (Landes)", "date": "12 septembre 2026", "conjoint_prenoms": "Jean Marc", "conjoint_nom": "MODÈLE"}
}

// disagree makes two people act on one step offline, and lets the mayor decide.
func (s *scene) disagree(ctx context.Context) error {
	h := s.secretary
	absent := authority.Delegation{Kind: authority.StandIn, From: Mayor, To: Deputy, Since: authority.DayOf(s.o.Now())}
	if _, err := h.People.Grant(ctx, Secretary, absent); err != nil {
		return err
	}
	file, err := s.file(ctx, s.o.Name, s.o.Document)
	if err != nil {
		return err
	}
	id, err := h.Folders.Import(ctx, Secretary, parapheur.Import{
		Title: "Demande de salle pour une association", Kind: parapheur.Letter, Files: []parapheur.File{file},
		Route: []parapheur.Step{{Kind: parapheur.Approval, Person: Mayor, Title: "Visa du maire"}},
	})
	if err != nil {
		return err
	}
	if err := h.Folders.Send(ctx, Secretary, id); err != nil {
		return err
	}
	if err := s.sync(ctx, h, s.mayor); err != nil {
		return err
	}
	f, err := h.Folders.Folder(ctx, id)
	if err != nil {
		return err
	}
	if err := h.Folders.Approve(ctx, Deputy, id, "Accord pour ce samedi.", f.Seen()); err != nil {
		return fmt.Errorf("the stand-in: %w", err)
	}
	if err := s.mayor.Folders.Refuse(ctx, Mayor, id, "La salle est déjà réservée."); err != nil {
		return fmt.Errorf("the mayor: %w", err)
	}
	if err := s.sync(ctx, h, s.mayor, h); err != nil {
		return err
	}
	for _, laptop := range []*office.Hall{h, s.mayor} {
		c, err := laptop.Folders.Conflict(ctx, id)
		if err != nil {
			return fmt.Errorf("%s shows no conflict: %w", laptop.Device(), err)
		}
		if len(c.Holding) != 1 || len(c.Contested) != 1 || c.Holding[0].Note == "" || c.Contested[0].Note == "" {
			return fmt.Errorf("%s shows %+v", laptop.Device(), c)
		}
	}
	s.saw("les deux ordinateurs gardent les deux actes : visa de l’adjointe et refus du maire")
	if err := s.mayor.Folders.Settle(ctx, Mayor, id, "La réservation a été annulée : le visa de l’adjointe est gardé.", false); err != nil {
		return err
	}
	if err := s.sync(ctx, s.mayor, h); err != nil {
		return err
	}
	if _, err := h.Folders.Conflict(ctx, id); err == nil {
		return errors.New("the conflict is still there")
	}
	if f, err = h.Folders.Folder(ctx, id); err != nil || f.State != parapheur.Done {
		return fmt.Errorf("the folder is %v: %w", f, err)
	}
	s.saw("le maire a tranché ; les deux actes restent au journal")
	return nil
}

// prove verifies the journals, rebuilds the tables, and restores a backup.
func (s *scene) prove(ctx context.Context) error {
	var roots []string
	for _, h := range []*office.Hall{s.secretary, s.mayor} {
		proof, err := h.Verify(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Device(), err)
		}
		roots = append(roots, proof.Root.String())
		s.saw("%s : %d entrées de %d appareils, journal du serveur vérifié jusqu’à %d", h.Device(), proof.Entries, proof.Devices, proof.LogSize)
	}
	if roots[0] != roots[1] {
		return errors.New("the two laptops do not have the same log")
	}
	before, err := office.Fingerprint(ctx, s.secretary.Store)
	if err != nil {
		return err
	}
	if err := s.secretary.Journal.Rebuild(ctx); err != nil {
		return fmt.Errorf("rebuilding the tables: %w", err)
	}
	after, err := office.Fingerprint(ctx, s.secretary.Store)
	if err != nil {
		return err
	}
	if before != after {
		return errors.New("the rebuilt tables differ from the live ones")
	}
	s.saw("tables reconstruites depuis le journal : identiques")
	return s.restore(ctx, after)
}

func (s *scene) restore(ctx context.Context, want string) error {
	path := filepath.Join(s.out, "sauvegarde.age")
	if err := errors.Join(os.RemoveAll(path), s.secretary.Backup(ctx, path, nil)); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	dir := filepath.Join(s.o.Work, "restored")
	if err := s.desk.Restore(ctx, path, s.secretary.ID(), dir); err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	db, err := s.desk.OpenCopy(ctx, s.secretary.ID(), dir)
	if err != nil {
		return err
	}
	defer db.Close()
	got, err := office.Fingerprint(ctx, db)
	if err != nil {
		return err
	}
	found, err := db.Check(ctx, true)
	if err != nil {
		return err
	}
	if got != want || len(found) > 0 {
		return fmt.Errorf("the restored copy differs: %v", found)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s.saw("sauvegarde chiffrée de %d octets, restaurée dans un dossier vide : identique", len(content))
	return s.leave("sauvegarde.age", content)
}
