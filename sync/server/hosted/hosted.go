package hosted

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"alpi40.fr/airial/sync/server/administration"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/sync/server/migration"
	"alpi40.fr/airial/sync/server/objects"
	"alpi40.fr/airial/sync/server/operations"
	"alpi40.fr/airial/sync/server/postgres"
	"alpi40.fr/airial/sync/server/share"
)

// Options say how the folder is opened.
type Options struct {
	embedded.Options
	// Getenv reads the environment.
	Getenv  func(string) string
	Version string
	// CheckParcel looks into a parcel before the administration page offers it.
	CheckParcel administration.ParcelCheck
}

// Server is a server open on what its settings name.
type Server struct {
	*embedded.Server
	Settings Settings
	o        Options
	metrics  *operations.Metrics
}

// Open opens the server of a folder. embedded.ErrNotInitialised when there is none.
func Open(ctx context.Context, o Options) (*Server, error) {
	settings, err := ReadSettings(filepath.Join(o.Dir, SettingsFile))
	if err != nil {
		return nil, err
	}
	metrics := operations.NewMetrics(o.Version)
	o.Limits, o.Observe, o.Drain = settings.Limits, metrics, time.Duration(settings.Drain*float64(time.Second))
	o.ClientCertificates = settings.ClientCertificates
	if settings.Database == nil {
		s, err := embedded.Open(ctx, o.Options)
		return &Server{s, settings, o, metrics}, err
	}
	end, store, links, err := settings.open(ctx, o)
	if err != nil {
		return nil, err
	}
	s, err := embedded.OpenOn(ctx, o.Options, end.Storage, end.Blobs, store, links)
	if err != nil {
		return nil, errors.Join(err, end.Storage.Close())
	}
	return &Server{s, settings, o, metrics}, nil
}

// open opens the database and the store, and the links that both keep.
func (s *Settings) open(ctx context.Context, o Options) (migration.End, *objects.Store, share.Storage, error) {
	fault := func(err error) (migration.End, *objects.Store, share.Storage, error) {
		return migration.End{}, nil, nil, err
	}
	password, err := secret(o.Dir, s.Database.PasswordFile, "ALPI_DATABASE_PASSWORD", o.Getenv)
	if err != nil {
		return fault(err)
	}
	access, err := secret(o.Dir, s.Objects.AccessKeyFile, "ALPI_S3_ACCESS_KEY", o.Getenv)
	if err != nil {
		return fault(err)
	}
	key, err := secret(o.Dir, s.Objects.SecretKeyFile, "ALPI_S3_SECRET_KEY", o.Getenv)
	if err != nil {
		return fault(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.ResponseHeaderTimeout = time.Minute
	store, err := objects.Open(ctx, objects.Options{
		Endpoint: s.Objects.Endpoint, Region: s.Objects.Region, Bucket: s.Objects.Bucket, Prefix: s.Objects.Prefix, AccessKey: access, SecretKey: key,
		Transport: transport, Rand: o.Rand,
	})
	if err != nil {
		return fault(err)
	}
	db, err := postgres.Open(ctx, postgres.Options{URL: s.Database.URL, Password: password, Connections: s.Database.Connections})
	if err != nil {
		return fault(err)
	}
	return migration.End{Storage: db, Blobs: store}, store, &share.Shared{Rows: postgres.Links(db), Pieces: store}, nil
}

// Migrate moves the server of a folder, which may be answering, to what another file of settings
// names; once all is compared, that file's settings are the folder's own, and the server takes them
// when it starts again. Asked again after a stop, it goes on.
func Migrate(ctx context.Context, o Options, file string, tell func(string)) (migration.Report, error) {
	settings, err := ReadSettings(file)
	if err != nil {
		return migration.Report{}, err
	}
	if settings.Database == nil {
		return migration.Report{}, fmt.Errorf("%w: neither database nor objects are named in %s", ErrSettings, filepath.Base(file))
	}
	own := filepath.Join(o.Dir, SettingsFile)
	now, err := ReadSettings(own)
	if err != nil {
		return migration.Report{}, err
	}
	if now.Database != nil {
		return migration.Report{}, fmt.Errorf("%w: the server is on a database already", ErrSettings)
	}
	from, err := embedded.Open(ctx, o.Options)
	if err != nil {
		return migration.Report{}, err
	}
	to, _, links, err := settings.open(ctx, o)
	if err != nil {
		return migration.Report{}, errors.Join(err, from.Close())
	}
	report, err := migration.Run(ctx, migration.Options{From: migration.End{Storage: from.Storage, Blobs: from.Blobs}, To: to, Freeze: from.Freeze, Tell: tell})
	if err == nil {
		report.Links, err = moveLinks(ctx, o.Dir, links)
	}
	if err == nil {
		err = copyFile(file, own)
	}
	return report, errors.Join(err, to.Storage.Close(), from.Close())
}

// moveLinks moves the links of a folder, frozen with it.
func moveLinks(ctx context.Context, dir string, to share.Storage) (int64, error) {
	from, err := embedded.OpenLinks(dir)
	if err != nil {
		return 0, err
	}
	n, err := share.Move(ctx, from, to)
	return int64(n), err
}
