package mailbox_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
)

func opened(t *testing.T, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// fill puts one message, of that subject, into the inbox of an account that also has a trash.
func fill(t *testing.T, b *mailbox.Box, subject string) mailbox.Summary {
	t.Helper()
	ctx := t.Context()
	err := b.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}, {Name: "Trash", Delimiter: "/", Role: mailbox.Trash}})
	if err == nil {
		err = b.Reset(ctx, "INBOX", 1)
	}
	if err == nil {
		err = b.List(ctx, "INBOX", []mailbox.Listing{{UID: 7, Size: 40, At: time.Unix(1_700_000_000, 0)}})
	}
	if err == nil {
		err = b.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 7, Raw: fmt.Appendf(nil, "From: <a@b.example>\nSubject: %s\nMessage-ID: <un@b.example>\n\nLa toiture.\n", subject)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	folders, err := b.Folders(ctx)
	if err != nil || len(folders) != 2 {
		t.Fatalf("%+v, %v", folders, err)
	}
	all, err := b.Messages(ctx, folders[0].ID, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// Two mailboxes with the same folders stand beside each other: what is done in one is not done in the other.
func TestTwoMailboxes(t *testing.T) {
	ctx := t.Context()
	db := opened(t, t.TempDir())
	t.Cleanup(func() { db.Close() })
	hall := mailbox.New(db, time.Now, rand.Reader)
	mine := hall.Of("a1b2")
	there, here := fill(t, hall, "Devis"), fill(t, mine, "Congés")
	if there.Account != "" || here.Account != "a1b2" || there.ID == here.ID {
		t.Fatalf("%+v, %+v", there, here)
	}
	for account, b := range map[string]*mailbox.Box{"Devis": hall, "Congés": mine} {
		found, err := b.Search(ctx, "toiture", 10)
		if err != nil || len(found) != 1 || found[0].Subject != account {
			t.Errorf("%s: %+v, %v", account, found, err)
		}
		if n, err := b.Unread(ctx); n != 1 || err != nil {
			t.Errorf("%s: %d unread, %v", account, n, err)
		}
		if thread, err := b.Thread(ctx, map[string]int64{"Devis": there.ID, "Congés": here.ID}[account]); err != nil || len(thread) != 1 {
			t.Errorf("%s: a conversation of %d, %v", account, len(thread), err)
		}
	}
	// A message goes into its own mailbox's trash, and its own server is told.
	if err := hall.Delete(ctx, here.ID); err != nil {
		t.Fatal(err)
	}
	if deeds, err := hall.Deeds(ctx); err != nil || len(deeds) != 0 {
		t.Errorf("the other server would be told: %+v, %v", deeds, err)
	}
	deeds, err := mine.Deeds(ctx)
	if err != nil || len(deeds) != 1 || deeds[0].Target != "Trash" || deeds[0].UID != 7 {
		t.Errorf("%+v, %v", deeds, err)
	}
	if folders, err := mine.Folders(ctx); err != nil || folders[0].Total != 0 || folders[1].Total != 1 {
		t.Errorf("%+v, %v", folders, err)
	}
	// A letter leaves from where it was written, or from where its writer then says.
	id, err := mine.SaveLetter(ctx, mailbox.Letter{To: "x@y.example", Subject: "Bonjour"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := hall.Letter(ctx, id)
	if err != nil || l.Account != "a1b2" {
		t.Fatalf("%+v, %v", l, err)
	}
	l.Account = ""
	if _, err := mine.SaveLetter(ctx, l); err != nil {
		t.Fatal(err)
	}
	if err := hall.Queue(ctx, id, mailbox.Address{Address: "mairie@b.example"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := mine.Leaving(ctx); err == nil {
		t.Error("the letter leaves from the former mailbox")
	}
	if got, _, err := hall.Leaving(ctx); err != nil || got.ID != id {
		t.Errorf("%+v, %v", got, err)
	}
	// One that is forgotten leaves the other whole.
	if err := mine.SetFolders(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if found, err := mine.Search(ctx, "toiture", 10); err != nil || len(found) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := hall.Search(ctx, "toiture", 10); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

// What the one mailbox of the former versions kept is that of the first of several.
func TestMailOfFormerVersions(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	db := opened(t, dir)
	before := fill(t, mailbox.New(db, time.Now, rand.Reader), "Devis")
	if _, err := mailbox.New(db, time.Now, rand.Reader).SaveLetter(ctx, mailbox.Letter{To: "x@y.example", Subject: "Brouillon"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(ctx, func(tx *store.Tx) error {
		for _, q := range []string{`DROP TABLE mail_unsearched`, `DROP INDEX mail_begun`, `ALTER TABLE mail_message DROP COLUMN rest`, `DROP INDEX entry_sealed`, `DROP INDEX mail_letter_of`, `DROP INDEX mail_folder_of`, `ALTER TABLE mail_letter DROP COLUMN account`, `ALTER TABLE mail_folder DROP COLUMN account`,
			`ALTER TABLE mail_folder DROP COLUMN name`, `ALTER TABLE mail_folder RENAME COLUMN key TO name`, `DELETE FROM goose_db_version WHERE version_id >= 8`} {
			if _, err := tx.Exec(q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = opened(t, dir)
	t.Cleanup(func() { db.Close() })
	b := mailbox.New(db, time.Now, rand.Reader)
	folders, err := b.Folders(ctx)
	if err != nil || len(folders) != 2 || folders[0].Name != "INBOX" {
		t.Fatalf("%+v, %v", folders, err)
	}
	all, err := b.Messages(ctx, folders[0].ID, 10)
	if err != nil || len(all) != 1 || all[0].ID != before.ID || all[0].Subject != "Devis" {
		t.Errorf("%+v, %v", all, err)
	}
	if found, err := b.Search(ctx, "toiture", 10); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if letters, err := b.Letters(ctx); err != nil || len(letters) != 1 || letters[0].Subject != "Brouillon" {
		t.Errorf("%+v, %v", letters, err)
	}
	if mark, err := b.Mark(ctx, "INBOX"); err != nil || mark.Validity != 1 {
		t.Errorf("%+v, %v", mark, err)
	}
}
