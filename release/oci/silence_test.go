package oci

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// A server that sends a part of its answer and falls silent is given up; one that goes on now and then is not.
func TestImpatient(t *testing.T) {
	const silence = 300 * time.Millisecond
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "6")
		for range 6 {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			if r.URL.Path == "/stalls" {
				<-end
				return
			}
			time.Sleep(silence / 5)
		}
	}))
	defer s.Close()
	defer close(end)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = dialer((&net.Dialer{}).DialContext).impatient(silence)
	for path, want := range map[string]error{"/goes_on": nil, "/stalls": os.ErrDeadlineExceeded} {
		answer, err := (&http.Client{Transport: transport}).Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if !errors.Is(err, want) || want == nil && len(body) != 6 {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
}
