package desk

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/vault"
)

// Office files of the vault are looked at, taken out, written in another program by two people, with a line and without, in an editor
// that speaks WOPI, and through the folder that other programs see; a space is shared and withdrawn.
func TestOfficeFilesInTheWindow(t *testing.T) {
	aside(t)
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed: packaging/dev/install.sh installs it")
	}
	inTheWindow(t, "office")
}

// shelf is what the job puts into the vault, by name.
func shelf(dir string) error {
	packed := func(part, text string) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create(part)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if errors.Join(err, z.Close()) != nil {
			return nil // which nothing shows
		}
		return out.Bytes()
	}
	var picture bytes.Buffer
	roof := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			roof.Set(x, y, color.RGBA{uint8(90 + x/4), uint8(120 - y/4), uint8(60 + y/8), 255})
		}
	}
	errs := []error{png.Encode(&picture, roof)}
	for name, content := range map[string][]byte{
		"Règlement.odt": packed("content.xml", `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>Le règlement intérieur de la salle.</text:p></office:text></office:body></office:document-content>`),
		"Courrier.docx": packed("word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Nous vous remercions de votre offre.</w:t></w:r></w:p></w:body></w:document>`),
		"Toiture.png":   picture.Bytes(),
	} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return errors.Join(errs...)
}

// colleague does something in the vault on somebody's laptop, which then exchanges.
func (h *hands) colleague(seat *window.Seat, name string, do func(v *vault.Vault, person string, i vault.Item) error) error {
	person, err := seat.Hall.Person(h.ctx)
	if err != nil {
		return err
	}
	if _, err := seat.Hall.Exchange(h.ctx); err != nil {
		return err
	}
	v := seat.Hall.Vault
	if err := v.Refresh(h.ctx); err != nil {
		return err
	}
	spaces, err := v.Spaces(h.ctx, person)
	for _, s := range spaces {
		if i, err := v.Named(h.ctx, person, s.ID, "", name); err == nil {
			if err := do(v, person, i); err != nil {
				return err
			}
			_, err := seat.Hall.Exchange(h.ctx)
			return err
		}
	}
	return errors.Join(err, fmt.Errorf("%s has no %q", seat.Name, name))
}

// has waits until somebody's laptop has a text under a name.
func (h *hands) has(seat *window.Seat, name, words string) error {
	return h.until("«"+words+"» in "+name, func() bool {
		found := false
		err := h.colleague(seat, name, func(v *vault.Vault, person string, i vault.Item) error {
			c, err := v.Open(h.ctx, person, i.ID, 0)
			if err != nil {
				return err
			}
			text, err := io.ReadAll(c)
			found = bytes.Contains(text, []byte(words))
			return errors.Join(err, c.Close())
		})
		return err == nil && found
	})
}

// program is the system's, which notes what it is asked to open.
const program = "#!/bin/sh\nprintf '%s' \"$1\" >\"$HOME/asked\"\n"

// handed waits for what the system is asked to open, once.
func (h *hands) handed() (what string, err error) {
	path := filepath.Join(h.shots, "asked")
	err = h.until("a program is asked for", func() bool {
		text, err := os.ReadFile(path)
		what = string(text)
		return err == nil && what != ""
	})
	return what, errors.Join(err, os.Remove(path))
}

// saves has the program that opened a file write it.
func (h *hands) saves(words string) error {
	path, err := h.handed()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\n" + words + "\n")
	return errors.Join(err, f.Close())
}

// fakeEditor is a one that speaks WOPI: a person's browser brings it a file's address and token, and it locks it, reads it, saves it
// and frees it.
func fakeEditor(add string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		source, token := r.URL.Query().Get("WOPISrc"), r.PostFormValue("access_token")
		do := func(ctx context.Context, method, path, override string, body io.Reader) ([]byte, error) {
			q, err := http.NewRequestWithContext(ctx, method, source+path+"?access_token="+token, body)
			if err != nil {
				return nil, err
			}
			if override != "" {
				q.Header.Set("X-WOPI-Override", override)
				q.Header.Set("X-WOPI-Lock", "A")
			}
			resp, err := http.DefaultClient.Do(q)
			if err != nil {
				return nil, err
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusOK {
				err = errors.Join(err, fmt.Errorf("%s %s: %s", override, path, resp.Status))
			}
			return text, err
		}
		ctx := r.Context()
		_, err := do(ctx, http.MethodPost, "", "LOCK", http.NoBody)
		if err == nil {
			var text []byte
			if text, err = do(ctx, http.MethodGet, "/contents", "", http.NoBody); err == nil {
				_, err = do(ctx, http.MethodPost, "/contents", "PUT", io.MultiReader(bytes.NewReader(text), strings.NewReader(add)))
			}
			_, unlocked := do(ctx, http.MethodPost, "", "UNLOCK", http.NoBody)
			err = errors.Join(err, unlocked)
		}
		fmt.Fprintf(w, "saved: %v", err)
	}))
}

func (h *hands) office() (err error) {
	mayor, secretary := h.seats[0], h.seats[1]
	c, leave, err := h.citizen()
	defer leave()
	if err != nil {
		return err
	}
	editor := fakeEditor("4;5;6\n")
	defer editor.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	const report = "Compte rendu de la visite.txt"
	sheet := filepath.Join(h.shots, "Budget.csv")
	err = errors.Join(shelf(h.shots), os.WriteFile(sheet, []byte("1;2;3\n"), 0o600), os.WriteFile(filepath.Join(h.shots, "bin", "xdg-open"), []byte(program), 0o700),
		os.WriteFile(filepath.Join(mayor.Office.Dir(), "editor.json"), fmt.Appendf(nil, `{"editor":"%s/edit","listen":"%s"}`, editor.URL, listen), 0o600))
	if err != nil {
		return err
	}
	adds := func(name string) error {
		return errors.Join(h.pick(filepath.Join(h.shots, name)), h.click("Ajouter…"), h.see("1 élément ajouté"), h.click(name))
	}
	return h.play([]step{
		{"looks at what office programs wrote", func() error {
			return errors.Join(h.click("Coffre-fort"), h.click("Salle des fêtes"), h.see(report), adds("Règlement.odt"), h.see("Le règlement intérieur de la salle."), h.shoot("odt"), adds("Courrier.docx"), h.see("Nous vous remercions de votre offre."), h.shoot("docx"),
				adds("Toiture.png"), h.x("sleep", "1"), h.shoot("picture"))
		}},
		{"finds them by name and by text", func() error {
			return errors.Join(h.click("Chercher dans les noms et les textes"), h.x("type", "--delay", "25", "remercions"), h.see("Nous vous remercions"), h.unseen("Toiture.png"), h.shoot("found"), h.x("key", "ctrl+a"), h.x("type", "--delay", "25", "toitu"), h.see("Toiture.png"), h.unseen("Courrier.docx"), h.x("key", "ctrl+a"), h.x("key", "BackSpace"), h.see(report))
		}},
		{"takes one out, and saves it twice", func() error {
			return errors.Join(h.click(report), h.click("Modifier"), h.see("Ouvert dans son programme"), h.saves("Le zinc est à changer."), h.see("1 version enregistrée"), h.shoot("working"), h.has(secretary, report, "Le zinc est à changer."),
				h.colleague(secretary, report, func(v *vault.Vault, person string, i vault.Item) error {
					if i.Out == nil {
						return errors.New("the secretary does not see that it is taken")
					}
					if err := v.AddVersion(h.ctx, person, i.ID, h.now(), strings.NewReader("x")); err == nil {
						return errors.New("the secretary writes over a lock")
					}
					return nil
				}), h.click("J’ai fini"), h.see("Modifier"), h.click("Versions"), h.see("Version 3"), h.shoot("versions"), h.click("Reprendre cette version"), h.see("Version 4"), h.click("Aperçu"))
		}},
		{"sees what a colleague has taken", func() error {
			return errors.Join(h.colleague(secretary, report, func(v *vault.Vault, person string, i vault.Item) error { return v.TakeOut(h.ctx, person, i.ID) }), h.see("Pris par"), h.click(report), h.see("modifie ce fichier depuis le"), h.unseen("Modifier"), h.shoot("taken"),
				h.colleague(secretary, report, func(v *vault.Vault, person string, i vault.Item) error { return v.GiveBack(h.ctx, person, i.ID) }), h.see("Modifier"))
		}},
		{"writes without a line what the other writes too: both are kept", func() error {
			return errors.Join(h.leave(), h.click(report), h.click("Modifier"), h.saves("Écrit par le maire, hors ligne."), h.see("1 version enregistrée"), h.click("J’ai fini"), h.see("Modifier"),
				h.colleague(secretary, report, func(v *vault.Vault, person string, i vault.Item) error {
					return v.AddVersion(h.ctx, person, i.ID, h.now(), strings.NewReader("Écrit par le secrétariat."))
				}), h.comeBack(), h.see("Compte rendu de la visite (version"), h.click("Compte rendu de la visite (version"), h.see("Écrit par le maire, hors ligne."), h.shoot("both"), h.click(report), h.see("Écrit par le secrétariat."))
		}},
		{"writes in an online editor", func() error {
			err := errors.Join(adds("Budget.csv"), h.click("Éditeur en ligne"))
			if err != nil {
				return err
			}
			address, err := h.handed()
			return errors.Join(err, c.isSent(address), c.reads("saved: <nil>"), h.see("version 2"), h.see("4;5;6"), h.shoot("wopi"))
		}},
		{"other programs read and write the vault's folder", func() error {
			err := errors.Join(h.click("Dossier sur cet ordinateur"), h.click("Ouvrir le dossier"), h.see("Mot de passe"))
			if err != nil {
				return err
			}
			read := h.read()
			address, password := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(read), regexp.MustCompile(`\b[a-z2-7]{32}\b`).FindString(read)
			return errors.Join(h.throughRclone(address, password), h.throughCadaver(address, password), h.click("Salle des fêtes"), h.see("Par rclone.txt"), h.see("Par cadaver.txt"), h.shoot("drive"), h.click("Dossier sur cet ordinateur"), h.click("Refermer le dossier"), h.see("Ouvrir le dossier"))
		}},
		{"opens a space, shares it and takes it back", func() error {
			return errors.Join(h.click("Nouvel espace…"), h.see("Nom de l’espace"), h.x("type", "--delay", "25", "Cimetiere"), h.x("key", "Return"), h.see("Gère l’espace"), adds("Courrier.docx"), h.see("Nous vous remercions"), h.click("Membres"),
				h.click("Choisir une personne"), h.click("Solène Brouillon"), h.shoot("sharing"), h.click("Partager"), h.see("Lit et écrit"), h.until("she reads it", func() bool {
					return h.colleague(secretary, "Courrier.docx", func(v *vault.Vault, person string, i vault.Item) error { return nil }) == nil
				}), h.shoot("members"))
		}},
		{"leaves a file on the server, and takes it back", func() error {
			return errors.Join(h.click("Salle des fêtes"), h.click("Règlement.odt"), h.click("Laisser sur le serveur"), h.see("quitte cet ordinateur dès que"), h.see("Son contenu n’est pas gardé sur cet ordinateur"), h.shoot("away"), h.click("Garder sur cet ordinateur"), h.see("revient sur cet ordinateur"), h.see("Laisser sur le serveur"))
		}},
	})
}

// throughRclone and throughCadaver write and read a file of the vault's folder by programs of others, where they are installed.
func (h *hands) throughRclone(address, password string) error {
	if _, err := exec.LookPath("rclone"); err != nil {
		return h.brought("Par rclone.txt")
	}
	hidden, err := exec.CommandContext(h.ctx, "rclone", "obscure", password).Output()
	if err != nil {
		return err
	}
	run := func(args ...string) (string, error) {
		command := exec.CommandContext(h.ctx, "rclone", append([]string{"--quiet", "--config", filepath.Join(h.shots, "none"), "--webdav-url", address, "--webdav-user", "airial", "--webdav-pass", strings.TrimSpace(string(hidden))}, args...)...)
		out, err := command.Output()
		if err != nil {
			err = fmt.Errorf("rclone %s: %w", args[0], err)
		}
		return string(out), err
	}
	path := filepath.Join(h.shots, "Par rclone.txt")
	if err := os.WriteFile(path, []byte("écrit par rclone"), 0o600); err != nil {
		return err
	}
	_, err = run("copy", path, ":webdav:Salle des fêtes")
	if err != nil {
		return err
	}
	listed, err := run("lsf", ":webdav:Salle des fêtes")
	if err == nil && (!strings.Contains(listed, "Par rclone.txt\n") || !strings.Contains(listed, "Devis/\n")) {
		err = fmt.Errorf("rclone lists %q", listed)
	}
	read, wrong := run("cat", ":webdav:Salle des fêtes/Par rclone.txt")
	if wrong == nil && read != "écrit par rclone" {
		wrong = fmt.Errorf("rclone reads %q", read)
	}
	return errors.Join(err, wrong)
}

func (h *hands) throughCadaver(address, password string) error {
	if _, err := exec.LookPath("cadaver"); err != nil {
		return h.brought("Par cadaver.txt")
	}
	path := filepath.Join(h.shots, "Par cadaver.txt")
	u := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	host, _, _ := strings.Cut(u, ":")
	err := errors.Join(os.WriteFile(path, []byte("écrit par cadaver"), 0o600),
		os.WriteFile(filepath.Join(h.shots, ".netrc"), []byte("machine "+host+" login airial password "+password+"\n"), 0o600))
	if err != nil {
		return err
	}
	command := exec.CommandContext(h.ctx, "cadaver", address+"Salle%20des%20f%C3%AAtes/")
	back := path + ".back"
	command.Stdin = strings.NewReader("put \"" + path + "\" \"Par cadaver.txt\"\nls\nlock \"Par cadaver.txt\"\nunlock \"Par cadaver.txt\"\nget \"Par cadaver.txt\" \"" + back + "\"\nquit\n")
	out, err := command.CombinedOutput()
	got, wrong := os.ReadFile(back)
	if err != nil || wrong != nil || string(got) != "écrit par cadaver" {
		return fmt.Errorf("cadaver: %w: %s %q", errors.Join(err, wrong), out, got)
	}
	return nil
}

// brought adds by the window what a program that is not here would have written.
func (h *hands) brought(name string) error {
	path := filepath.Join(h.shots, name)
	return errors.Join(os.WriteFile(path, []byte(name), 0o600), h.click("Salle des fêtes"), h.pick(path), h.click("Ajouter…"), h.see(name))
}
