package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	apiPath   = "/api/2.0"
	mostBytes = 16 << 20 // of an answer
	// longestWait is how long a server may ask to wait. One that asks for more is not waited for.
	longestWait = time.Minute
	firstWait   = 500 * time.Millisecond // doubles from try to try
)

// client talks to a server.
type client struct {
	settings Settings
	http     *http.Client
}

// request is what is asked of a server.
type request struct {
	what    string // what for, as errors tell it: "create the run"
	method  string
	address string
	kind    string // of the body
	body    func() (io.ReadCloser, error)
	size    int64
	header  map[string]string // beside our own
	// once is set where doing it twice is not the same as doing it once. It is repeated only if it was certainly not done.
	once bool
	// signed is set for an address that says by itself who asks. It gets no credentials of ours, and no error tells it.
	signed bool
}

func newClient(s Settings) *client {
	if s.Sleep == nil {
		s.Sleep = sleep
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.tls
	return &client{s, &http.Client{
		Transport: transport,
		// Where a server points to is not necessarily to be told who asks, and most clients forget the body on the way.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// api is the address of a part of the API.
func (c *client) api(path string) string { return c.settings.base.String() + apiPath + path }

// get asks for something.
func (c *client) get(ctx context.Context, what, path string, query url.Values, out any) error {
	return c.call(ctx, request{what: what, method: http.MethodGet, address: c.api(path) + "?" + query.Encode()}, out)
}

// post sends a JSON document. It may be sent again.
func (c *client) post(ctx context.Context, what, path string, in, out any) error {
	return c.send(ctx, what, path, in, out, false)
}

// postOnce is post of what must not be done twice.
func (c *client) postOnce(ctx context.Context, what, path string, in, out any) error {
	return c.send(ctx, what, path, in, out, true)
}

func (c *client) send(ctx context.Context, what, path string, in, out any, once bool) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.call(ctx, request{
		what: what, method: http.MethodPost, address: c.api(path), kind: "application/json", once: once,
		body: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, size: int64(len(text)),
	}, out)
}

// call makes a request, and reads the answer into out; nil for an answer that does not matter.
func (c *client) call(ctx context.Context, r request, out any) error {
	text, _, err := c.do(ctx, r)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return c.unreadable(r, text)
	}
	return nil
}

// do makes a request until it succeeds, or fails for good.
func (c *client) do(ctx context.Context, r request) ([]byte, http.Header, error) {
	wait := firstWait
	for try := 1; ; try++ {
		text, header, err := c.attempt(ctx, r)
		var f *failure
		if err == nil || ctx.Err() != nil || !errors.As(err, &f) || !f.passes(r.once) {
			return text, header, err
		}
		pause := max(wait, f.after)
		switch {
		case f.after > longestWait:
			return nil, nil, err
		case try > c.settings.retries:
			f.tries = try
			return nil, nil, err
		}
		if err := c.settings.Sleep(ctx, pause); err != nil {
			return nil, nil, err
		}
		wait = min(2*wait, longestWait)
	}
}

// attempt makes a request once. The answer has to go on: nothing may come or go for as long as the timeout.
func (c *client) attempt(ctx context.Context, r request) ([]byte, http.Header, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := time.AfterFunc(c.settings.timeout, func() { cancel(errSilent) })
	defer alive.Stop()
	again := func() { alive.Reset(c.settings.timeout) }
	req, err := c.request(ctx, r, again)
	if err != nil {
		return nil, nil, err
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return nil, nil, c.unanswered(ctx, r, err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(watched{answer.Body, again}, mostBytes))
	switch {
	case answer.StatusCode >= 300:
		return nil, nil, c.refused(r, answer, text)
	case err != nil:
		return nil, nil, c.unanswered(ctx, r, err)
	}
	return text, answer.Header, nil
}

func (c *client) request(ctx context.Context, r request, again func()) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		content, err := r.body()
		if err != nil {
			return nil, err
		}
		body = struct {
			io.Reader
			io.Closer
		}{watched{content, again}, content}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.address, body)
	if err != nil {
		return nil, errors.New(r.what + ": the server gave an address that cannot be read")
	}
	if body != nil {
		req.ContentLength = r.size
		if r.size == 0 {
			req.Body = http.NoBody
		}
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	req.Header.Set("User-Agent", "acdeploy")
	if who := c.settings.authorization(); who != "" && !r.signed {
		req.Header.Set("Authorization", who)
	}
	return req, nil
}

// watched tells of every read.
type watched struct {
	io.Reader
	read func()
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.read()
	return n, err
}

// waitOf is how long an answer asks to wait, 0 where it does not. A moment is meant by the server's clock, which may not be ours.
func waitOf(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 1e6)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(at.Sub(now), 0)
}
