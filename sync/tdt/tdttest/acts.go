package tdttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/handover"
)

// act is what was said of an act when it was posted.
type act struct {
	Nature, Number, Subject, Date, Type string
	Matter                              []string
	Annexes                             []string // their types
	Cancelled                           bool
}

// letter is what the préfecture wrote about an act.
type letter struct {
	id    int
	kind  handover.LetterKind
	about *deposit
	words string
	read  bool
}

// Write has the préfecture write about an act that was taken, by its number; it tells whether
// there is one.
func (s *Simulator) Write(number string, kind handover.LetterKind, words string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.deposits {
		if d.act != nil && d.act.Number == number {
			s.letters = append(s.letters, letter{id: 5000 + len(s.letters), kind: kind, about: d, words: words})
			return true
		}
	}
	return false
}

// Classification is a short one, in which nothing is of a real préfecture.
//
//go:embed classification.xml
var classification []byte

func (s *Simulator) actRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /modules/actes/actes_transac_create.php", s.createAct)
	mux.HandleFunc("POST /modules/actes/actes_transac_cancel.php", s.cancelAct)
	mux.HandleFunc("GET /modules/actes/actes_transac_get_status.php", s.actStatus)
	mux.HandleFunc("GET /modules/actes/api/list_actes.php", s.listActs)
	mux.HandleFunc("GET /modules/actes/api/list_document_prefecture.php", s.listLetters)
	mux.HandleFunc("GET /modules/actes/actes_transac_get_document.php", s.letter)
	mux.HandleFunc("GET /modules/actes/api/document_prefecture_mark_as_read.php", s.readLetter)
	mux.HandleFunc("POST /modules/actes/actes_transac_reponse_create.php", s.replyLetter)
	mux.HandleFunc("GET /modules/actes/actes_classification_fetch.php", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(classification) })
}

var numberRule = regexp.MustCompile(`^[A-Z0-9_]{1,15}$`)

func (s *Simulator) createAct(w http.ResponseWriter, r *http.Request) {
	if !posted(w, r) {
		return
	}
	name, content, err := file(r, "acte_pdf_file")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	subject, decoding := charmap.ISO8859_1.NewDecoder().String(r.FormValue("subject"))
	a := &act{Nature: r.FormValue("nature_code"), Number: r.FormValue("number"), Subject: subject, Date: r.FormValue("decision_date"), Type: r.FormValue("type_acte"), Annexes: r.MultipartForm.Value["type_pj[]"]}
	for i := 1; i <= 5; i++ {
		if v := r.FormValue("classif" + strconv.Itoa(i)); v != "" {
			a.Matter = append(a.Matter, v)
		}
	}
	d := &deposit{name: name, content: content, act: a, fault: s.fault()}
	day, dated := time.Parse(time.DateOnly, a.Date)
	no := ""
	switch {
	case err != nil || decoding != nil:
		no = "Aucun fichier acte n'a été posté"
	case !numberRule.MatchString(a.Number):
		no = "Le numéro n'est pas correct"
	case dated != nil || day.After(s.o.Now()):
		no = "La date de décision est une date dans le futur"
	case a.Type == "" || len(a.Annexes) != len(r.MultipartForm.File["acte_attachments[]"]):
		no = "Erreur lors de la réception du fichier : typologie absente"
	case len(a.Matter) == 0 || a.Nature == "":
		no = "Classification absente"
	case s.numbered(a.Number) != nil:
		no = "Un acte portant le même numéro interne existe déjà dans la base de données."
	case d.fault == Refuse:
		no = "Accès refusé (refus simulé)"
	}
	if no != "" {
		s.o.Tell("Acte " + a.Number + " : KO " + no)
		narrow, _ := charmap.ISO8859_1.NewEncoder().String(no)
		fmt.Fprintf(w, "KO\n%s", narrow)
		return
	}
	if !s.take(w, d) {
		return
	}
	s.o.Tell("Acte " + a.Number + " : OK " + strconv.Itoa(d.id))
	fmt.Fprintf(w, "OK\n%d\n", d.id)
}

func (s *Simulator) numbered(number string) *deposit {
	for _, d := range s.deposits {
		if d.act != nil && d.act.Number == number {
			return d
		}
	}
	return nil
}

func (s *Simulator) cancelAct(w http.ResponseWriter, r *http.Request) {
	if !posted(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.find(r.FormValue("id"))
	switch {
	case d == nil || d.act == nil:
		fmt.Fprint(w, "KO\nErreur d'initialisation de la transaction.")
	case d.act.Cancelled:
		fmt.Fprint(w, "KO\nUne demande d'annulation est déjà en cours pour cette transaction.")
	case s.status(d) != 4:
		fmt.Fprint(w, "KO\nImpossible d'annuler une transaction qui n'est pas en état « Acquittement reçu ».")
	default:
		d.act.Cancelled = true
		fmt.Fprintf(w, "OK\n%d\n", 9000+d.id)
	}
}

type received struct {
	XMLName xml.Name `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 ARActe"`
	ID      string   `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 IDActe,attr"`
	Date    string   `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 DateReception,attr"`
	Act     struct {
		Date    string `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 Date,attr"`
		Number  string `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 NumeroInterne,attr"`
		Nature  string `xml:"http://www.interieur.gouv.fr/ACTES#v1.1-20040216 CodeNatureActe,attr"`
		Subject string `xml:"Objet"`
	} `xml:"ActeRecu"`
}

var natures = map[string]string{"1": "DE", "2": "AR", "3": "AI", "4": "CC", "5": "BF", "6": "AU"}

// receipt is the ARActe of an act.
func (s *Simulator) receipt(d *deposit) []byte {
	r := received{Date: d.at.Format(time.DateOnly)}
	r.Act.Date, r.Act.Number, r.Act.Nature, r.Act.Subject = d.act.Date, d.act.Number, d.act.Nature, d.act.Subject
	if d.fault == Other {
		r.Act.Number = "AUTRE_ACTE"
	}
	r.ID = fmt.Sprintf("040-000000000-%s-%s-%s", strings.ReplaceAll(d.act.Date, "-", ""), r.Act.Number, natures[d.act.Nature])
	text, err := xml.Marshal(r)
	if err != nil {
		panic(err) // these types always have an XML form
	}
	return append([]byte(xml.Header), text...)
}

func (s *Simulator) actStatus(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, cancelling := r.URL.Query().Get("transaction"), false
	if n, err := strconv.Atoi(id); err == nil && n >= 10000 {
		id, cancelling = strconv.Itoa(n-9000), true
	}
	d := s.find(id)
	switch {
	case d == nil || d.act == nil && d.answer == nil || cancelling && !d.act.Cancelled:
		fmt.Fprint(w, "KO\nNuméro de transaction invalide.")
	case cancelling:
		fmt.Fprint(w, "OK\n4\n")
	case s.status(d) == 4 && d.answer != nil:
		fmt.Fprint(w, "OK\n4\n")
	case s.status(d) == 4:
		fmt.Fprintf(w, "OK\n4\n%s", s.receipt(d))
	case s.status(d) == -1:
		fmt.Fprint(w, "OK\n-1\nAnomalie : le code matière n'est pas dans la classification (erreur simulée)")
	default:
		fmt.Fprintf(w, "OK\n%d\n", s.status(d))
	}
}

func (s *Simulator) listActs(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type line struct {
		ID     int    `json:"id"`
		Number string `json:"number"`
		Type   string `json:"type"`
		Date   string `json:"decision_date"`
	}
	wanted, _ := strconv.Atoi(r.URL.Query().Get("status_id"))
	all := []line{}
	for _, d := range s.deposits {
		if d.act != nil && s.status(d) == wanted {
			all = append(all, line{d.id, d.act.Number, "1", d.act.Date})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status_id": wanted, "transactions": all}) // who asked has gone
}

func (s *Simulator) listLetters(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type line struct {
		ID      int    `json:"id"`
		Type    string `json:"type"`
		Number  string `json:"number"`
		Related int    `json:"related_transaction_id"`
		Status  int    `json:"last_status_id"`
	}
	all := []line{}
	for _, l := range s.letters {
		if !l.read {
			all = append(all, line{l.id, strconv.Itoa(int(l.kind)), l.about.act.Number, l.about.id, 21})
		}
	}
	_ = json.NewEncoder(w).Encode(all) // as above
}

func (s *Simulator) letter(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.letters {
		if strconv.Itoa(l.id) == r.URL.Query().Get("id") {
			_, _ = w.Write(archive(l.words)) // as above
			return
		}
	}
	fmt.Fprint(w, "KO\nAccès refusé")
}

func (s *Simulator) readLetter(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.letters {
		if strconv.Itoa(s.letters[i].id) == r.URL.Query().Get("transaction_id") {
			s.letters[i].read = true
		}
	}
	fmt.Fprint(w, "OK")
}

// Answer is what came as an answer to a letter.
type Answer struct {
	Letter string
	Kind   handover.LetterKind
	Refuse bool
	Name   string
	Pieces int
}

// Answers are those that were taken in, in their order.
func (s *Simulator) Answers() (out []Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.deposits {
		if d.answer != nil {
			out = append(out, *d.answer)
		}
	}
	return out
}

func (s *Simulator) replyLetter(w http.ResponseWriter, r *http.Request) {
	if !posted(w, r) {
		return
	}
	name, content, err := file(r, "acte_pdf_file")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	a := &Answer{Letter: r.FormValue("id"), Name: name, Refuse: r.FormValue("type_envoie") == "3", Pieces: len(r.MultipartForm.File["acte_attachments[]"])}
	d := &deposit{name: name, content: content, answer: a, fault: s.fault()}
	for _, l := range s.letters {
		if strconv.Itoa(l.id) == a.Letter {
			a.Kind = l.kind
		}
	}
	sense, no := r.FormValue("type_envoie"), ""
	switch {
	case a.Kind == 0:
		no = "Accès refusé"
	case err != nil || !bytes.HasPrefix(content, []byte("%PDF")):
		no = "Aucun fichier PDF de réponse n'a été posté"
	case a.Kind != handover.Courtesy && sense != "3" && sense != "4":
		no = "Le type d'envoi n'est pas correct"
	case a.Pieces > 0 && (a.Kind != handover.MorePieces || a.Refuse), a.Pieces != len(r.MultipartForm.Value["type_pj[]"]):
		no = "Les pièces jointes ne sont pas attendues"
	case d.fault == Refuse:
		no = "Accès refusé (refus simulé)"
	}
	if no != "" {
		narrow, _ := charmap.ISO8859_1.NewEncoder().String(no)
		fmt.Fprintf(w, "KO\n%s", narrow)
		return
	}
	if s.take(w, d) {
		s.o.Tell("Réponse à la lettre " + a.Letter + " : OK " + strconv.Itoa(d.id))
		fmt.Fprintf(w, "OK\n%d\n", d.id)
	}
}

// archive is a letter as @CTES brings it.
func archive(words string) []byte {
	var out bytes.Buffer
	pack := gzip.NewWriter(&out)
	files := tar.NewWriter(pack)
	_ = files.WriteHeader(&tar.Header{Name: "lettre.txt", Mode: 0o600, Size: int64(len(words))}) // a buffer takes everything
	_, _ = io.WriteString(files, words)
	_, _ = files.Close(), pack.Close()
	return out.Bytes()
}
