package administration

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// ParcelCheck looks into a parcel of a kind that is known.
type ParcelCheck func(*parcel.Parcel) error

// late is how long a computer may be silent before the list says so.
const late = 7 * 24 * time.Hour

// authorityRow is an authority as the list shows it.
type authorityRow struct {
	server.Authority
	Devices int
	Last    time.Time // of any of its computers
	Entries int64
	Use     server.Use
	// Silent are its computers that have not spoken for a week; Behind, those that have not taken everything.
	Silent, Behind int
}

// listed is how many authorities a page shows.
const listed = 100

type listView struct {
	Rows                 []authorityRow
	Query                string
	Total, Shown, Silent int
}

// row gathers what the list shows of an authority.
func (p *Page) row(ctx context.Context, a server.Authority) (row authorityRow, err error) {
	row.Authority = a
	devices, err := p.devices(ctx, a.ID)
	if err != nil {
		return row, err
	}
	if row.Entries, err = p.size(ctx, a.ID); err != nil {
		return row, err
	}
	if row.Use, err = p.o.Storage.Use(ctx, a.ID); err != nil {
		return row, err
	}
	for _, d := range devices {
		if d.Revoked != nil || d.Name == server.AgencyName {
			continue
		}
		row.Devices++
		if d.Seen.At.After(row.Last) {
			row.Last = d.Seen.At
		}
		if d.Silent {
			row.Silent++
		} else if d.Seen.Cursor < row.Entries && !d.Seen.At.IsZero() {
			row.Behind++
		}
	}
	return row, nil
}

func (p *Page) size(ctx context.Context, id string) (n int64, err error) {
	err = p.o.Storage.Read(ctx, id, func(l server.Log) (err error) { n, err = l.Size(); return err })
	return n, err
}

func (p *Page) authorities(w http.ResponseWriter, r *http.Request) {
	all, err := p.o.Storage.Authorities(r.Context())
	if err != nil {
		p.failed(w, r, err)
		return
	}
	v := listView{Query: r.URL.Query().Get("q"), Total: len(all)}
	words := strings.ToLower(strings.TrimSpace(v.Query))
	for _, a := range all {
		if words != "" && !strings.Contains(strings.ToLower(a.Name), words) && !strings.HasPrefix(a.ID, words) {
			continue
		}
		if v.Shown++; len(v.Rows) >= listed {
			continue
		}
		row, err := p.row(r.Context(), a)
		if err != nil {
			p.failed(w, r, err)
			return
		}
		v.Silent += row.Silent
		v.Rows = append(v.Rows, row)
	}
	p.show(w, r, http.StatusOK, "authorities", view{Title: "Collectivités", Place: "authorities", Data: v})
}

func (p *Page) addAuthority(w http.ResponseWriter, r *http.Request) {
	id, name := strings.TrimSpace(formValue(r, "id")), strings.TrimSpace(formValue(r, "name"))
	if len(id) != 9 || strings.Trim(id, "0123456789") != "" || name == "" || len(name) > maxField {
		p.fault(w, r, http.StatusBadRequest, "Le SIREN a neuf chiffres, et la collectivité a un nom. Rien n’a été ajouté.")
		return
	}
	if err := p.note(r.Context(), who(r), "authority.added", id, name); err != nil {
		p.failed(w, r, err)
		return
	}
	err := p.o.Server.AddAuthority(r.Context(), server.Authority{ID: id, Name: name})
	if errors.Is(err, server.ErrExists) {
		p.fault(w, r, http.StatusConflict, "Cette collectivité est déjà connue du serveur.")
		return
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/authorities/"+id, http.StatusSeeOther)
}

// deviceRow is a computer as its authority's page shows it.
type deviceRow struct {
	protocol.Device
	Seen server.Seen
	// Lag is how many entries it had not taken when it last spoke.
	Lag    int64
	Silent bool
	Agency bool
}

func (p *Page) devices(ctx context.Context, id string) (rows []deviceRow, err error) {
	devices, err := p.o.Storage.Devices(ctx, id)
	if err != nil {
		return nil, err
	}
	seen, err := p.o.Storage.Seen(ctx, id)
	if err != nil {
		return nil, err
	}
	by := map[string]server.Seen{}
	for _, s := range seen {
		by[s.Device] = s
	}
	for _, d := range devices {
		if now, heard := p.o.Server.JustSeen(d.ID); heard {
			now.Cursor = max(now.Cursor, by[d.ID].Cursor)
			by[d.ID] = now
		}
		last := by[d.ID].At
		if last.Before(d.Enrolled) {
			last = d.Enrolled // it spoke then
		}
		rows = append(rows, deviceRow{Device: d, Seen: by[d.ID], Agency: d.Name == server.AgencyName, Silent: p.o.Now().Sub(last) > late})
	}
	return rows, nil
}

type authorityView struct {
	authorityRow
	Rows   []deviceRow
	Codes  []server.Code
	Quota  int64
	Filled int // percent
}

func (p *Page) authorityView(ctx context.Context, id string) (v authorityView, err error) {
	a, err := p.o.Storage.Authority(ctx, id)
	if err != nil {
		return v, err
	}
	if v.authorityRow, err = p.row(ctx, a); err != nil {
		return v, err
	}
	if v.Rows, err = p.devices(ctx, id); err != nil {
		return v, err
	}
	for i := range v.Rows {
		v.Rows[i].Lag = max(v.Entries-v.Rows[i].Seen.Cursor, 0)
	}
	slices.SortStableFunc(v.Rows, func(a, b deviceRow) int {
		out := func(d deviceRow) int {
			if d.Revoked != nil {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(out(a), out(b)), a.Enrolled.Compare(b.Enrolled))
	})
	v.Codes, err = p.o.Storage.Codes(ctx, id, p.o.Now())
	if v.Quota = p.o.Quota; v.Quota > 0 {
		v.Filled = int(v.Use.Bytes * 100 / v.Quota)
	}
	return v, err
}

func (p *Page) authority(w http.ResponseWriter, r *http.Request) {
	v, err := p.authorityView(r.Context(), r.PathValue("id"))
	if err != nil {
		p.failed(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "authority", view{Title: v.Name, Place: "authorities", Data: v})
}

// secretView is what is shown once.
type secretView struct {
	What, Secret, How string
	Secrets           []string // several, instead of Secret
	Back              string
}

// lives are how long a code may wait, as the form names it, and as the page says it.
var lives = map[string]struct {
	life  time.Duration
	words string
}{
	"quarter": {server.CodeLife, "dans le quart d’heure"},
	"day":     {24 * time.Hour, "dans les vingt-quatre heures"},
	"week":    {7 * 24 * time.Hour, "dans les sept jours"},
	"month":   {server.MaxCodeLife, "dans les trente jours"},
}

func (p *Page) newCode(w http.ResponseWriter, r *http.Request) {
	life, known := lives[cmp.Or(r.FormValue("life"), "quarter")]
	count, bad := strconv.Atoi(cmp.Or(r.FormValue("count"), "1"))
	o, err := server.CodeOptions{Life: life.life, Count: count, Note: r.FormValue("note")}.Checked()
	if !known || bad != nil || err != nil {
		p.fault(w, r, http.StatusBadRequest, fmt.Sprintf("Il se donne de 1 à %d codes à la fois, pour trente jours au plus, et ce à quoi ils servent se dit en cent caractères.", server.MaxCodes))
		return
	}
	a, err := p.o.Storage.Authority(r.Context(), r.PathValue("id"))
	if err == nil {
		err = p.note(r.Context(), who(r), "code.made", a.ID, strings.TrimSuffix(fmt.Sprintf("%d %s : %s", o.Count, life.words, o.Note), " : "))
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	codes, err := p.o.Server.NewCodes(r.Context(), a.ID, o)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	v := secretView{
		What: "Code de raccordement pour " + a.Name, Secret: codes[0], Back: "/authorities/" + a.ID,
		How: "Il raccorde un seul ordinateur, " + life.words + ". Donnez-le de vive voix ou par un moyen sûr : il ne sera plus montré.",
	}
	if len(codes) > 1 {
		v.What, v.Secret, v.Secrets = fmt.Sprintf("%d codes de raccordement pour %s", len(codes), a.Name), "", codes
		v.How = "Chacun raccorde un seul ordinateur, " + life.words + ". Gardez-les comme des mots de passe : ils ne seront plus montrés. Un code perdu se retire sur la page de la collectivité."
	}
	p.show(w, r, http.StatusOK, "secret", view{Title: "Codes de raccordement", Place: "authorities", Data: v})
}

// dropCode takes a code back.
func (p *Page) dropCode(w http.ResponseWriter, r *http.Request) {
	id, mark := r.PathValue("id"), r.PathValue("mark")
	err := p.note(r.Context(), who(r), "code.dropped", id, mark)
	if err == nil {
		err = p.o.Server.DropCode(r.Context(), id, mark)
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/authorities/"+id, http.StatusSeeOther)
}

// confirmView asks before what cannot be undone.
type confirmView struct {
	Authority server.Authority
	Device    deviceRow
	Act       string
}

// device gives a computer of an authority; ErrNotFound.
func (p *Page) device(r *http.Request) (c confirmView, err error) {
	if c.Authority, err = p.o.Storage.Authority(r.Context(), r.PathValue("id")); err != nil {
		return c, err
	}
	rows, err := p.devices(r.Context(), c.Authority.ID)
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(rows, func(d deviceRow) bool { return d.ID == r.PathValue("device") })
	if i < 0 {
		return c, server.ErrNotFound
	}
	c.Device, c.Act = rows[i], r.PathValue("act")
	return c, nil
}

func (p *Page) confirm(w http.ResponseWriter, r *http.Request) {
	c, err := p.device(r)
	if err == nil && c.Act != "revoke" && c.Act != "rescue" {
		err = server.ErrNotFound
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	title := "Retirer un ordinateur"
	if c.Act == "rescue" {
		title = "Code de secours"
	}
	p.show(w, r, http.StatusOK, "confirm", view{Title: title, Place: "authorities", Data: c})
}

func (p *Page) revoke(w http.ResponseWriter, r *http.Request) {
	c, err := p.device(r)
	if err == nil {
		err = p.note(r.Context(), who(r), "device.revoked", c.Authority.ID, c.Device.ID)
	}
	if err == nil {
		err = p.o.Server.Revoke(r.Context(), c.Authority.ID, c.Device.ID)
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/authorities/"+c.Authority.ID, http.StatusSeeOther)
}

func (p *Page) rescue(w http.ResponseWriter, r *http.Request) {
	c, err := p.device(r)
	if err == nil && c.Device.Revoked == nil {
		p.fault(w, r, http.StatusConflict, "Cet ordinateur n’est pas retiré : il n’a pas besoin d’un code de secours.")
		return
	}
	if err == nil {
		err = p.note(r.Context(), who(r), "device.rescue", c.Authority.ID, c.Device.ID)
	}
	var code string
	if err == nil {
		code, err = p.o.Server.RescueCode(r.Context(), c.Authority.ID, c.Device.ID)
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "secret", view{Title: "Code de secours", Place: "authorities", Data: secretView{
		What: "Code de secours de « " + c.Device.Name + " »", Secret: code, Back: "/authorities/" + c.Authority.ID,
		How: "Avec l’ordinateur lui-même, il rend ce qui n’avait pas été envoyé (airialctl rescue). Seul, il n’ouvre rien.",
	}})
}

type offer struct {
	Kind    string
	Name    string
	Version int
	Digest  string
}

// kinds are how the parcels are called.
var kinds = map[string]string{"services": "catalogue des services", "formulas": "formules de mentions"}

func (p *Page) distribution(w http.ResponseWriter, r *http.Request) {
	p.offers(w, r, http.StatusOK, "")
}

func (p *Page) offers(w http.ResponseWriter, r *http.Request, status int, words string) {
	var rows []offer
	t, err := p.o.Storage.Trust(r.Context())
	if err == nil {
		rows = append(rows, offer{Kind: "trust", Name: "paquet de confiance", Version: t.Version, Digest: t.Digest.String()})
	} else if !errors.Is(err, server.ErrNotFound) {
		p.failed(w, r, err)
		return
	}
	parcels, err := p.o.Storage.Parcels(r.Context())
	if err != nil {
		p.failed(w, r, err)
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(parcels)) {
		rows = append(rows, offer{Kind: kind, Name: cmp.Or(kinds[kind], kind), Version: parcels[kind].Version, Digest: parcels[kind].Digest.String()})
	}
	p.show(w, r, status, "distribution", view{Title: "Distribution", Place: "distribution", Data: struct {
		Rows  []offer
		Words string
	}{rows, words}})
}

// reasons are why a package is not offered.
var reasons = []struct {
	reason error
	words  string
}{
	{parcel.ErrSignature, "Ce paquet n’est pas signé par ce serveur : refaites-le sur le serveur (alpi-server parcel pack, trust pack)."},
	{trustpackage.ErrSignature, "Ce paquet n’est pas signé par ce serveur : refaites-le sur le serveur (alpi-server parcel pack, trust pack)."},
	// What follows is said of a package of ours alone, whatever the other sort says of it.
	{server.ErrNotNewer, "Un paquet de même numéro, ou plus récent, est déjà offert : donnez un numéro plus grand."},
	{server.ErrEnded, "Ce paquet est déjà périmé."},
	{server.ErrTooLarge, "Ce paquet est trop grand."},
}

// publish offers a package that was made on the server: the key that signs never comes here.
func (p *Page) publish(w http.ResponseWriter, r *http.Request) {
	raw, err := upload(r, "package", max(protocol.MaxTrust, protocol.MaxParcel))
	if err != nil {
		p.offers(w, r, http.StatusBadRequest, "Choisissez le fichier du paquet.")
		return
	}
	if err := p.note(r.Context(), who(r), "package.offered", "", fmt.Sprintf("%d octets", len(raw))); err != nil {
		p.failed(w, r, err)
		return
	}
	detail, err := p.offer(r.Context(), raw)
	if err != nil {
		words := "Ce fichier n’est pas un paquet que les ordinateurs prendraient ; rien n’a changé."
		for _, why := range reasons {
			if errors.Is(err, why.reason) {
				words = why.words + " Rien n’a changé."
			}
		}
		p.o.Log.Info("a package was not offered", "cause", err.Error())
		p.offers(w, r, http.StatusConflict, words)
		return
	}
	if err := p.note(r.Context(), who(r), "package.published", "", detail); err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/distribution", http.StatusSeeOther)
}

// offer offers a trust package, or a parcel, whichever the file is, and says which it was.
func (p *Page) offer(ctx context.Context, raw []byte) (string, error) {
	m, noTrust := p.o.Server.PublishTrust(ctx, raw)
	if noTrust == nil {
		return fmt.Sprintf("trust n° %d", m.Version), nil
	}
	made, err := p.o.Server.PublishParcel(ctx, raw, func(made *parcel.Parcel) error {
		if p.o.CheckParcel == nil {
			return nil
		}
		return p.o.CheckParcel(made)
	})
	if err != nil {
		return "", errors.Join(err, noTrust)
	}
	return fmt.Sprintf("%s n° %d", made.Kind, made.Version), nil
}

// upload reads a file of a form.
func upload(r *http.Request, name string, most int64) ([]byte, error) {
	f, _, err := r.FormFile(name)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, errors.New("an empty file")
	}
	return raw, nil
}

// acts are how the log's words are said.
var acts = map[string]string{
	"login": "entrée", "login.refused": "entrée refusée", "logout": "sortie", "authority.added": "collectivité ajoutée", "code.made": "codes de raccordement donnés", "code.dropped": "code de raccordement retiré",
	"device.revoked": "ordinateur retiré", "device.rescue": "code de secours donné", "package.offered": "paquet déposé", "package.published": "paquet offert",
	"administrator.made": "compte créé", "administrator.disable": "compte fermé", "administrator.enable": "compte rouvert",
}

type auditRow struct {
	server.AuditLine
	Words string
}

const auditPage = 100

func (p *Page) audit(w http.ResponseWriter, r *http.Request) {
	before, err := strconv.ParseInt(cmp.Or(r.URL.Query().Get("before"), "0"), 10, 64)
	if err != nil {
		before = 0
	}
	lines, err := p.o.Storage.Acts(r.Context(), before, auditPage)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	v := struct {
		Rows []auditRow
		Next int64
	}{}
	for _, l := range lines {
		v.Rows = append(v.Rows, auditRow{l, cmp.Or(acts[l.Act], l.Act)})
	}
	if len(lines) == auditPage {
		v.Next = lines[len(lines)-1].Seq
	}
	p.show(w, r, http.StatusOK, "audit", view{Title: "Journal", Place: "audit", Data: v})
}

// auditExport gives the whole log, the newest line first, for a spreadsheet.
func (p *Page) auditExport(w http.ResponseWriter, r *http.Request) {
	if err := p.note(r.Context(), who(r), "audit.exported", "", ""); err != nil {
		p.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="journal-administration.csv"`)
	out := csv.NewWriter(w)
	out.Comma = ';'
	_, _ = io.WriteString(w, "\ufeff") // spreadsheets look for it
	_ = out.Write([]string{"numéro", "instant (UTC)", "qui", "acte", "collectivité", "précision"})
	for before := int64(0); ; {
		lines, err := p.o.Storage.Acts(r.Context(), before, 1000)
		if err != nil || len(lines) == 0 {
			break // what was given stands; the number of the last line tells where it stopped
		}
		for _, l := range lines {
			_ = out.Write([]string{strconv.FormatInt(l.Seq, 10), l.At.Format(time.RFC3339), plainCell(l.Who), l.Act, l.Authority, plainCell(l.Detail)})
		}
		before = lines[len(lines)-1].Seq
	}
	out.Flush() // the browser may have gone: nothing to do
}

// plainCell keeps a text from being a formula of a spreadsheet.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func (p *Page) administrators(w http.ResponseWriter, r *http.Request) {
	all, err := p.o.Storage.Administrators(r.Context())
	if err != nil {
		p.failed(w, r, err)
		return
	}
	v := struct {
		Rows   []server.Administrator
		Own    string
		People []string
	}{Rows: all, Own: strings.TrimPrefix(who(r), "local:")}
	if p.o.OIDC != nil {
		v.People = p.o.OIDC.people
	}
	p.show(w, r, http.StatusOK, "administrators", view{Title: "Administrateurs", Place: "administrators", Data: v})
}

func (p *Page) setAdministrator(w http.ResponseWriter, r *http.Request) {
	act := r.PathValue("act")
	a, err := p.o.Storage.Administrator(r.Context(), r.PathValue("name"))
	if err == nil && act != "disable" && act != "enable" {
		err = server.ErrNotFound
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	if "local:"+a.Name == who(r) {
		p.fault(w, r, http.StatusConflict, "On ne ferme pas son propre compte : un autre administrateur le fait.")
		return
	}
	a.Disabled = act == "disable"
	if err = p.note(r.Context(), who(r), "administrator."+act, "", a.Name); err == nil {
		err = p.o.Storage.PutAdministrator(r.Context(), a)
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/administrators", http.StatusSeeOther)
}
