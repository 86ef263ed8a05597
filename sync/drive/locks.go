package drive

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/net/webdav"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/vault"
)

// locks are WebDAV's own, each of which takes its file out of the vault.
type locks struct {
	webdav.LockSystem
	o    Options
	find func(ctx context.Context, name string) *vault.Item

	mu  sync.Mutex
	all map[string]*lock // by token
}

type lock struct {
	root string
	item string // empty: not taken out yet
	end  time.Time
}

func newLocks(o Options) *locks {
	return &locks{LockSystem: webdav.NewMemLS(), o: o, all: map[string]*lock{}}
}

// longest is how long a lock lasts whose asker wanted no end: it renews it while it lives.
const longest = time.Hour

// Create implements webdav.LockSystem. webdav.ErrLocked when somebody else has the file.
func (l *locks) Create(now time.Time, details webdav.LockDetails) (string, error) {
	l.sweep(l.o.Now())
	if details.Duration < 0 || details.Duration > longest {
		details.Duration = longest
	}
	ctx := context.Background()
	made := &lock{root: details.Root, end: l.o.Now().Add(details.Duration)}
	if i := l.find(ctx, details.Root); i != nil {
		err := l.o.Vault.TakeOut(ctx, l.o.Person, i.ID)
		if rule.Find(err) != nil {
			return "", webdav.ErrLocked
		}
		if err != nil {
			return "", err
		}
		made.item = i.ID
	}
	token, err := l.LockSystem.Create(now, details)
	if err != nil {
		if made.item != "" && !l.held(made.item) {
			err = errors.Join(err, l.o.Vault.GiveBack(ctx, l.o.Person, made.item))
		}
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[token] = made
	return token, nil
}

func (l *locks) held(item string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.all {
		if k.item == item {
			return true
		}
	}
	return false
}

// Refresh implements webdav.LockSystem.
func (l *locks) Refresh(now time.Time, token string, duration time.Duration) (webdav.LockDetails, error) {
	if duration < 0 || duration > longest {
		duration = longest
	}
	details, err := l.LockSystem.Refresh(now, token, duration)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k := l.all[token]; k != nil {
			k.end = l.o.Now().Add(duration)
		}
	}
	return details, err
}

// Unlock implements webdav.LockSystem.
func (l *locks) Unlock(now time.Time, token string) error {
	if err := l.LockSystem.Unlock(now, token); err != nil {
		return err
	}
	return l.release(context.Background(), token)
}

func (l *locks) release(ctx context.Context, token string) error {
	l.mu.Lock()
	k := l.all[token]
	delete(l.all, token)
	l.mu.Unlock()
	if k == nil || k.item == "" {
		return nil
	}
	return l.o.Vault.GiveBack(ctx, l.o.Person, k.item)
}

// sweep gives back the files whose locks have ended by themselves.
func (l *locks) sweep(now time.Time) {
	l.mu.Lock()
	var ended []string
	for token, k := range l.all {
		if now.After(k.end) {
			ended = append(ended, token)
		}
	}
	l.mu.Unlock()
	for _, token := range ended {
		if err := l.release(context.Background(), token); err != nil && l.o.Log != nil {
			l.o.Log.Info("giving back a file of the vault", "error", err.Error())
		}
	}
}

// giveBack gives back all.
func (l *locks) giveBack(ctx context.Context) error {
	l.mu.Lock()
	var tokens []string
	for token := range l.all {
		tokens = append(tokens, token)
	}
	l.mu.Unlock()
	var errs []error
	for _, token := range tokens {
		errs = append(errs, l.release(ctx, token))
	}
	return errors.Join(errs...)
}
