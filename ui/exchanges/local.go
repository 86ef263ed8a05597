package exchanges

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// local is what a person settles of this computer: the documents that stay, the line, the proxy.
type local struct {
	p        *page
	box      *fyne.Container
	stock    *widgets.CaptionText
	kept     *fyne.Container
	months   *widget.Select
	metering *widget.Select
	mode     *widget.Select
	address  *widgets.Entry
	user     *widgets.Entry
	password *widgets.Entry
	fields   *fyne.Container // of the proxy
	filled   bool            // the fields show what is settled; what is typed stays
	showing  bool            // the selects are being set by the page itself
}

// The choices, in the order of their words.
var (
	monthChoices    = []int{0, 6, 12, 24}
	meteringChoices = []string{"", "always", "never"}
	modeChoices     = []string{"", "fixed", "script", "none"}
)

func newLocal(p *page) *local {
	t := p.h.Text
	l := &local{p: p, stock: widgets.Caption(""), kept: widgets.Wrapped()}
	l.months = widget.NewSelect([]string{t("exchanges.keep.all"), t("exchanges.keep.six"), t("exchanges.keep.year"), t("exchanges.keep.two")}, func(string) { l.settleKeeping() })
	l.metering = widget.NewSelect([]string{t("exchanges.line.system"), t("exchanges.line.always"), t("exchanges.line.never")}, func(string) { l.settleMetering() })
	l.mode = widget.NewSelect([]string{t("exchanges.proxy.system"), t("exchanges.proxy.fixed"), t("exchanges.proxy.script"), t("exchanges.proxy.none")}, func(string) { l.showFields() })
	l.address, l.user, l.password = widgets.NewEntry(t("exchanges.proxy.address.hint")), widgets.NewEntry(""), widgets.NewPassword(t("exchanges.proxy.password.hint"))
	l.fields = widgets.Wrapped(widgets.Field(t("exchanges.proxy.address"), l.address, ""),
		widgets.Field(t("exchanges.proxy.user"), l.user, t("exchanges.proxy.user.help")), widgets.Field(t("exchanges.proxy.password"), l.password, t("exchanges.proxy.password.help")))
	room := widgets.NewButton(t("exchanges.room"), nil, l.makeRoom)
	set := widgets.NewButton(t("exchanges.proxy.set"), nil, l.settleProxy)
	l.box = widgets.Wrapped(widget.NewSeparator(), widgets.Heading(t("exchanges.here")), l.stock, l.kept,
		widgets.Field(t("exchanges.keep.which"), l.months, t("exchanges.keep.help")), container.NewHBox(room),
		widget.NewSeparator(), widgets.Heading(t("exchanges.line")), widgets.Field(t("exchanges.line.cost"), l.metering, t("exchanges.line.help")),
		widgets.Field(t("exchanges.proxy"), l.mode, ""), l.fields, container.NewHBox(set))
	return l
}

func (l *local) show(s State) {
	t := l.p.h.Text
	lg := l.p.h.Lang()
	l.stock.SetText(t("exchanges.stock", "n", s.Stock.Here, "size", bytesText(lg, s.Stock.Bytes), "away", s.Stock.Away, "room", bytesText(lg, s.Stock.Room)))
	var kept []fyne.CanvasObject
	for _, k := range s.Stock.Kept {
		kept = append(kept, container.NewBorder(nil, nil, nil, widgets.NewButton(t("exchanges.unkeep"), nil, func() { l.keepHere(k.Stream, false) }),
			widgets.NewNote(widgets.Done, t("exchanges.kept", "title", k.Title))))
	}
	if len(kept) != len(l.kept.Objects) {
		l.kept.Objects = kept
		shell.LayOut(l.p.h, l.kept)
	}
	if l.filled {
		return
	}
	l.filled, l.showing = true, true
	l.months.SetSelectedIndex(max(0, slices.Index(monthChoices, s.Stock.Months)))
	l.metering.SetSelectedIndex(max(0, slices.Index(meteringChoices, s.Metering)))
	l.mode.SetSelectedIndex(max(0, slices.Index(modeChoices, s.Proxy.Mode)))
	l.address.SetText(s.Proxy.Address)
	l.user.SetText(s.Proxy.User)
	l.showing = false
	l.showFields()
}

// showFields shows what the chosen proxy asks for.
func (l *local) showFields() {
	i := l.mode.SelectedIndex()
	l.fields.Hidden = i < 0 || modeChoices[i] == "none"
	shell.LayOut(l.p.h, l.box)
}

func (l *local) run(id string, run func(context.Context) error) {
	l.p.h.Run(shell.Action{ID: id, Label: l.p.h.Text("exchanges.settling"),
		Run:  func(ctx context.Context, _ shell.Progress) error { return run(ctx) },
		Done: func() { l.p.h.Toast(shell.Done, l.p.h.Text("exchanges.settled"), nil); l.p.load() }})
}

func (l *local) settleKeeping() {
	i := l.months.SelectedIndex()
	if l.showing || i < 0 {
		return
	}
	months, floor := monthChoices[i], l.p.s.Stock.Floor
	l.run("keeping", func(ctx context.Context) error { return l.p.o.SetKeeping(ctx, months, floor) })
}

func (l *local) settleMetering() {
	i := l.metering.SelectedIndex()
	if l.showing || i < 0 {
		return
	}
	l.run("metering", func(ctx context.Context) error { return l.p.o.SetMetering(ctx, meteringChoices[i]) })
}

func (l *local) settleProxy() {
	i := l.mode.SelectedIndex()
	if i < 0 {
		return
	}
	proxy, password := Proxy{Mode: modeChoices[i], Address: l.address.Text, User: l.user.Text}, l.password.Text
	l.password.SetText("")
	l.run("proxy", func(ctx context.Context) error { return l.p.o.SetProxy(ctx, proxy, password) })
}

func (l *local) keepHere(stream string, on bool) {
	l.run("keep "+stream, func(ctx context.Context) error { return l.p.o.KeepHere(ctx, stream, on) })
}

func (l *local) makeRoom() {
	documents, bytes := 0, int64(0)
	l.p.h.Run(shell.Action{ID: "room", Label: l.p.h.Text("exchanges.room.making"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			documents, bytes, err = l.p.o.MakeRoom(ctx)
			return err
		},
		Done: func() {
			l.p.h.Toast(shell.Done, l.p.h.Text("exchanges.room.made", "n", documents, "size", bytesText(l.p.h.Lang(), bytes)), nil)
			l.p.load()
		}})
}
