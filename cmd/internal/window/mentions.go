package window

import (
	"context"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/mailbox"
	uicivil "alpi40.fr/airial/ui/civilstatus"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/shell"
)

// ReadPages implements the civil-status page's office.
func (r *Room) ReadPages(ctx context.Context, paths []string) (pages []civilstatus.Page, err error) {
	for _, path := range paths {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		content, err := readFile(path)
		if err != nil {
			return nil, explain.Error(err)
		}
		pages = append(pages, civilstatus.Page{Name: filepath.Base(path), Content: content})
	}
	return pages, nil
}

// MailNotice implements the civil-status page's office.
func (r *Room) MailNotice(ctx context.Context, person, act, mention string, o civilstatus.Outgoing) error {
	return explain.Error(r.seat().Hall.MailNotice(ctx, person, act, mention, o))
}

// LetterFate implements the civil-status page's office.
func (r *Room) LetterFate(ctx context.Context, messageID string) (mailbox.Fate, error) {
	return r.seat().Hall.Mail.Fate(ctx, messageID)
}

// mentions is what the queue of civil status asks for: notices that came, mentions to verify and to affix, with the terms
// of the law; of what leaves, only what is late.
func (r *Room) mentions(ctx context.Context) (tasks []home.Task, err error) {
	o, err := r.OfferedFormulas(ctx)
	if err != nil {
		return nil, err
	}
	if o != nil && o.Waits() {
		tasks = append(tasks, home.Task{Kind: "home.kind.formulas", Title: o.Version(), Route: shell.Route{Page: uicivil.Name, Arg: "settings"}})
	}
	lines, err := r.seat().Hall.Acts.Queue(ctx)
	for _, l := range lines {
		t := home.Task{Kind: "home.kind.mention." + string(l.View), Deadline: l.Due.Time(), Late: l.Late, Route: shell.Route{Page: uicivil.Name}}
		switch {
		case (l.View == civilstatus.ViewSend || l.View == civilstatus.ViewReceipts) && !l.Late:
			continue
		case l.Death != nil:
			continue // it has no term, and may be many: the page's own queue counts them
		case l.Incoming != nil:
			t.Title = strings.TrimSpace(l.Incoming.From + " — " + l.Incoming.LastName + " " + l.Incoming.FirstName)
			t.Route.Arg = "incoming/" + l.Incoming.ID
		default:
			t.Title = strings.TrimSpace(l.Mention.Label + " — " + l.Act.LastName + " " + l.Act.FirstName)
			t.Route.Arg = "act/" + l.Act.ID
		}
		tasks = append(tasks, t)
	}
	return tasks, err
}
