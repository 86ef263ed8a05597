package operations

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends traces to a collector (OTLP over HTTP) at address, «http://127.0.0.1:4318»; stop sends
// what is left and ends. A collector that does not answer delays nothing.
func Traces(ctx context.Context, address, version string) (tracer trace.Tracer, stop func(), err error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address))
	if err != nil {
		return nil, nil, fmt.Errorf("preparing traces: %w", err)
	}
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter, sdk.WithExportTimeout(10*time.Second)), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "alpi-server"), attribute.String("service.version", version))))
	return p.Tracer("alpi-server"), func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = p.Shutdown(last) // what a collector does not take is lost, and nothing else
	}, nil
}
