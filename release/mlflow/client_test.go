package mlflow

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// A busy server is asked again when it says, by its own clock, and not for ever.
func TestRetry(t *testing.T) {
	off := time.Now().Add(2 * time.Hour).UTC() // the server's clock is two hours off
	for name, c := range map[string]struct {
		answers []func(http.ResponseWriter, *http.Request)
		once    bool
		waits   []time.Duration
		want    string
	}{
		"at_once":         {nil, false, nil, ""},
		"seconds":         {[]func(http.ResponseWriter, *http.Request){status(429, "", "Retry-After", "7")}, true, []time.Duration{7 * time.Second}, ""},
		"moment":          {[]func(http.ResponseWriter, *http.Request){status(503, "", "Retry-After", off.Add(9*time.Second).Format(http.TimeFormat), "Date", off.Format(http.TimeFormat))}, false, []time.Duration{9 * time.Second}, ""},
		"doubles":         {[]func(http.ResponseWriter, *http.Request){status(500, ""), status(502, ""), status(504, "")}, false, []time.Duration{firstWait, 2 * firstWait, 4 * firstWait}, ""},
		"lost":            {[]func(http.ResponseWriter, *http.Request){lost}, false, []time.Duration{firstWait}, ""},
		"for_ever":        {slices.Repeat([]func(http.ResponseWriter, *http.Request){status(503, "")}, 9), false, []time.Duration{firstWait, 2 * firstWait, 4 * firstWait}, "ask: the server is busy (503), 4 times"},
		"too_long":        {[]func(http.ResponseWriter, *http.Request){status(429, "", "Retry-After", "7200")}, false, nil, "ask: the server is busy (429); it asks to come back in 2h0m0s"},
		"maybe_done":      {[]func(http.ResponseWriter, *http.Request){status(500, "")}, true, nil, "ask: the server failed (500)"},
		"maybe_done_lost": {[]func(http.ResponseWriter, *http.Request){lost}, true, nil, "ask: the connection was lost"},
		"never_mended":    {[]func(http.ResponseWriter, *http.Request){status(400, "{}")}, false, nil, "ask: the server refuses it (400)"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++
				if n <= len(c.answers) {
					c.answers[n-1](w, r)
					return
				}
				_, _ = w.Write([]byte("{}"))
			}))
			defer server.Close()
			s := settingsOf(t, "MLFLOW_TRACKING_URI="+server.URL, "MLFLOW_HTTP_REQUEST_MAX_RETRIES=3")
			var waits []time.Duration
			s.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			err := newClient(s).send(t.Context(), "ask", "/x", map[string]string{}, nil, c.once)
			if !slices.Equal(waits, c.waits) {
				t.Errorf("it waits %v, want %v", waits, c.waits)
			}
			if got := text(err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A server that says nothing, and one that begins to answer and stops, are not waited for.
func TestSilence(t *testing.T) {
	for name, begin := range map[string]string{"nothing": "", "half": `{"a": `} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if begin != "" {
					_, _ = w.Write([]byte(begin))
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			}))
			defer server.Close()
			s := settingsOf(t, "MLFLOW_TRACKING_URI="+server.URL, "MLFLOW_HTTP_REQUEST_TIMEOUT=0.1", "MLFLOW_HTTP_REQUEST_MAX_RETRIES=1")
			if got := text(newClient(s).get(t.Context(), "ask", "/x", nil, nil)); got != "ask: the server was silent for 100ms, 2 times" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// The end of the context ends the asking, and is the error.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel(); panic(http.ErrAbortHandler) }))
	defer server.Close()
	if err := newClient(settingsOf(t, "MLFLOW_TRACKING_URI="+server.URL)).get(ctx, "ask", "/x", nil, nil); err != context.Canceled { //nolint:errorlint // exactly it
		t.Errorf("got %v", err)
	}
}

// Nobody else is told who asks: where a server points to is named, and not asked.
func TestRedirect(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL+"/login?token="+secret, http.StatusTemporaryRedirect))
	defer server.Close()
	s := settingsOf(t, "MLFLOW_TRACKING_URI="+server.URL, "MLFLOW_TRACKING_TOKEN="+secret)
	err := newClient(s).post(t.Context(), "ask", "/x", map[string]string{}, nil)
	want := "ask: the server points to " + other.URL + " (307); set MLFLOW_TRACKING_URI to it if it is yours: nothing was sent there"
	if text(err) != want || asked > 0 || strings.Contains(text(err), secret) {
		t.Errorf("asked %d times: %v", asked, err)
	}
}
