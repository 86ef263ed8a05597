package operations_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server/operations"
)

// What is noted of a request names its route, and nobody.
func TestNothingPersonalIsNoted(t *testing.T) {
	collected := make(chan []byte, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		collected <- text
	}))
	defer collector.Close()
	tracer, stop, err := operations.Traces(context.Background(), collector.URL, "essai")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	m := operations.NewMetrics("essai")
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "non", http.StatusTeapot) })
	h := operations.Watch(next, operations.Options{Metrics: m, Tracer: tracer, Log: slog.New(slog.NewJSONHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now})
	for _, path := range []string{protocol.PathPull + "?after=secret", protocol.PathBlobs + "secret", protocol.PathUploads + "secret", "/secret"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	m.Placed(protocol.FateAccepted)
	m.Refused(protocol.CodeQuota)
	m.Kept(12)
	m.Watching(1)
	stop()
	shown := httptest.NewRecorder()
	m.Handler(next).ServeHTTP(shown, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	metrics := shown.Body.String()
	for _, want := range []string{`alpi_request_seconds_count{route="GET /v1/pull",status="418"} 1`, `route="GET other"`, `alpi_entries_total{fate="accepted"} 1`, `alpi_refused_total{code="quota"} 1`, "alpi_document_bytes_total 12", "alpi_watches 1", `version="essai"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	traces := <-collected
	if !bytes.Contains(traces, []byte("GET /v1/pull")) {
		t.Errorf("the traces are %q", traces)
	}
	if n := strings.Count(said.String(), "\n"); n != 4 {
		t.Errorf("%d lines", n)
	}
	for what, text := range map[string]string{"metrics": metrics, "traces": string(traces), "log": said.String()} {
		if strings.Contains(text, "secret") {
			t.Errorf("the %s tell what was asked: %s", what, text)
		}
	}
}
