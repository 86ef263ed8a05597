// Package operations is what an operator sees of a server: metrics for
// Prometheus, traces for OpenTelemetry, a log of requests. None of them holds
// personal data: no name, no address, no document, no computer.
package operations

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// Metrics implements server.Observer.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	entries  *prometheus.CounterVec
	refused  *prometheus.CounterVec
	kept     prometheus.Counter
	bytes    prometheus.Counter
	watches  prometheus.Gauge
}

var _ server.Observer = (*Metrics)(nil)

// NewMetrics makes the metrics of one process.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "alpi_request_seconds", Help: "Time to answer, by route and status.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}}, []string{"route", "status"}),
		entries:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "alpi_entries_total", Help: "Entries pushed, by fate."}, []string{"fate"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "alpi_refused_total", Help: "Requests refused, by code."}, []string{"code"}),
		kept:     prometheus.NewCounter(prometheus.CounterOpts{Name: "alpi_documents_total", Help: "Documents kept."}),
		bytes:    prometheus.NewCounter(prometheus.CounterOpts{Name: "alpi_document_bytes_total", Help: "Bytes of the documents kept."}),
		watches:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "alpi_watches", Help: "Computers that listen now."}),
	}
	about := prometheus.NewGauge(prometheus.GaugeOpts{Name: "alpi_build_info", Help: "1.", ConstLabels: prometheus.Labels{"version": version, "protocol": strconv.Itoa(protocol.Version), "oldest_protocol": strconv.Itoa(protocol.Oldest)}})
	about.Set(1)
	m.registry.MustRegister(m.requests, m.entries, m.refused, m.kept, m.bytes, m.watches, about, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Placed implements server.Observer.
func (m *Metrics) Placed(fate protocol.Fate) { m.entries.WithLabelValues(string(fate)).Inc() }

// Refused implements server.Observer.
func (m *Metrics) Refused(code protocol.Code) { m.refused.WithLabelValues(string(code)).Inc() }

// Kept implements server.Observer.
func (m *Metrics) Kept(bytes int64) {
	m.kept.Inc()
	m.bytes.Add(float64(bytes))
}

// Watching implements server.Observer.
func (m *Metrics) Watching(change int) { m.watches.Add(float64(change)) }

// Handler gives the metrics, and what tells that the process lives and can serve.
func (m *Metrics) Handler(s http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.Handle("GET /healthz", s)
	mux.Handle("GET /readyz", s)
	return mux
}

// Options say what of each request is noted.
type Options struct {
	Metrics *Metrics     // nil: nothing
	Tracer  trace.Tracer // nil: nothing
	Log     *slog.Logger // nil: nothing
	Now     func() time.Time
}

// Watch notes each request that passes to next.
func Watch(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := o.Now()
		seen := &answer{ResponseWriter: w, status: http.StatusOK}
		var span trace.Span
		if o.Tracer != nil {
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span = o.Tracer.Start(ctx, r.Method+" "+Route(r), trace.WithSpanKind(trace.SpanKindServer))
			r = r.WithContext(ctx)
		}
		defer func() {
			took := o.Now().Sub(began)
			route, status := Route(r), strconv.Itoa(seen.status)
			if o.Metrics != nil && route != protocol.PathWatch { // a watch lasts as long as its laptop listens
				o.Metrics.requests.WithLabelValues(r.Method+" "+route, status).Observe(took.Seconds())
			}
			if span != nil {
				span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("http.route", route),
					attribute.Int("http.response.status_code", seen.status), attribute.Int64("http.response.body.size", seen.bytes))
				if seen.status >= 500 {
					span.SetStatus(codes.Error, status)
				}
				span.End()
			}
			if o.Log != nil {
				o.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("route", route),
					slog.Int("status", seen.status), slog.Int64("bytes", seen.bytes), slog.Duration("took", took))
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// routes are the paths that are what they are; what begins otherwise is one route each.
var routes = map[string]bool{
	protocol.PathEnrol: true, protocol.PathChallenge: true, protocol.PathSession: true, protocol.PathPush: true, protocol.PathPull: true, protocol.PathKeys: true,
	protocol.PathWatch: true, protocol.PathPresence: true, protocol.PathMissing: true, protocol.PathConsistency: true, protocol.PathInclusion: true, protocol.PathTrust: true, protocol.PathReturn: true, "/healthz": true, "/readyz": true,
}

// Route is a request's path without what it names; of a path that is not one of ours, «other».
func Route(r *http.Request) string {
	if routes[r.URL.Path] {
		return r.URL.Path
	}
	for _, begin := range []string{protocol.PathBlobs, protocol.PathUploads, protocol.PathParcels} {
		if strings.HasPrefix(r.URL.Path, begin) {
			return begin + "…"
		}
	}
	return "other"
}

// answer remembers what was answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the writer below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush implements http.Flusher, which the compression looks for.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() } // the laptop has gone: nothing to do

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}
