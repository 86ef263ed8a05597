package office_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"alpi40.fr/airial/local/rule"
)

// The town hall's website is looked at once its address was said, and since when it answers, or does not, is kept.
func TestWebsite(t *testing.T) {
	ctx := t.Context()
	_, halls := twoLaptops(t)
	h := halls[0]
	down := false
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer site.Close()
	must(t, h.LookAtSite(ctx, site.Client().Transport)) // there is none yet
	if err := h.SetSite(ctx, "file:///etc/passwd"); rule.Find(err) == nil {
		t.Errorf("a file was taken for a site: %v", err)
	}
	must(t, h.SetSite(ctx, site.URL))
	must(t, h.LookAtSite(ctx, site.Client().Transport))
	up, err := h.Access(ctx)
	if err != nil || up.Site != site.URL || !up.Seen.Answers() || !up.Since.Equal(up.Seen.At) {
		t.Fatalf("%+v, %v", up, err)
	}
	must(t, h.LookAtSite(ctx, site.Client().Transport))
	if again, err := h.Access(ctx); err != nil || !again.Since.Equal(up.Since) || !again.Seen.At.After(up.Seen.At) {
		t.Errorf("%+v, %v", again, err)
	}
	down = true
	must(t, h.LookAtSite(ctx, site.Client().Transport))
	if gone, err := h.Access(ctx); err != nil || gone.Seen.Answers() || gone.Seen.Code != http.StatusBadGateway || !gone.Since.After(up.Since) {
		t.Errorf("%+v, %v", gone, err)
	}
	must(t, h.SetSite(ctx, ""))
	if none, err := h.Access(ctx); err != nil || none.Site != "" || !none.Seen.At.IsZero() {
		t.Errorf("%+v, %v", none, err)
	}
}
