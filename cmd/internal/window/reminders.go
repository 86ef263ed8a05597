package window

import (
	"context"
	"log/slog"
	"time"

	"alpi40.fr/airial/local/parapheur"
)

// Occasion is what there is to remind the person of a seat of.
type Occasion struct {
	Seat string
	// Soon folders are near their deadline, Late ones after it.
	Soon, Late int
	// First is the soonest folder's title, and Deadline its day.
	First    string
	Deadline time.Time
}

const (
	// remindFirst leaves the window the time to show itself; remindEvery is how often one looks.
	remindFirst = 15 * time.Second
	remindEvery = 10 * time.Minute
	// certificateEvery is how often the chosen key is looked at, without its PIN.
	certificateEvery = 24 * time.Hour
)

// The two ways of telling, each with its memory: the program's window, and the system's own notices.
const (
	inWindow = "window"
	inSystem = "system"
)

// Remind tells each seat's person what is near its deadline: inside the window whenever it is
// open, and as a notice of the system outside the quiet hours, each folder at most once a day.
// Both functions are called beside the window's thread. It ends with the halls.
func (r *Room) Remind(window, system func(Occasion)) {
	for _, s := range r.seats {
		s.Hall.Go(func(ctx context.Context) {
			wait := remindFirst
			var looked time.Time
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
				wait = remindEvery
				if now := r.now(); now.Sub(looked) > certificateEvery {
					looked = now
					// The key may not be plugged in: what was known of it stays.
					_, _, _ = s.key(ctx)
				}
				if err := r.remind(ctx, s, window, system); err != nil && ctx.Err() == nil {
					slog.Info("looking for what is to be reminded of", "error", err.Error())
				}
			}
		})
	}
}

func (r *Room) remind(ctx context.Context, s *Seat, window, system func(Occasion)) error {
	person, err := s.Hall.Person(ctx)
	if err != nil || person == "" {
		return err
	}
	ways := map[string]func(Occasion){inWindow: window, inSystem: system}
	if parapheur.Quiet(r.now()) {
		delete(ways, inSystem)
	} else if _, err := s.Hall.RemindByMail(ctx); err != nil {
		return err
	}
	for way, tell := range ways {
		fresh, err := s.Hall.Folders.Remind(ctx, person, way)
		if err != nil {
			return err
		}
		if len(fresh) > 0 {
			tell(occasion(s.Name, fresh))
		}
	}
	return nil
}

func occasion(seat string, all []parapheur.Reminder) Occasion {
	o := Occasion{Seat: seat, First: all[0].Title, Deadline: all[0].Deadline.Time()}
	for _, r := range all {
		if r.Left < 0 {
			o.Late++
		} else {
			o.Soon++
		}
	}
	return o
}
