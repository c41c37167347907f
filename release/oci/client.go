package oci

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/acdeploy/acdeploy/internal/host"
)

const (
	attempts   = 5                      // of one request, or of one upload or download
	firstPause = 250 * time.Millisecond // before the second; each later one is twice as long
	longest    = 10 * time.Second       // of the pauses, whatever the registry asks for
	silence    = 2 * time.Minute        // after which a registry that does not answer, or stops in the middle, is given up
)

// client is one repository of a registry. It asks again where that may help.
type client struct {
	*remote.Repository
	address address
	pause   time.Duration
	secrets *secrets
}

// connect makes a client. It asks nobody yet.
func connect(a address, plainHTTP bool, pause time.Duration) (*client, error) {
	if pause == 0 {
		pause = firstPause
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("read Docker's configuration: %w", err)
	}
	known := &secrets{}
	version, _ := host.Build()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = silence
	transport.DialContext = dialer(transport.DialContext).impatient(silence)
	c := &client{Repository: &remote.Repository{Reference: a.Reference}, address: a, pause: pause, secrets: known}
	c.PlainHTTP = plainHTTP || loopback(a.Registry)
	c.SkipReferrersGC = true // registries may forbid to delete
	c.TagListMaxPages, c.ReferrerListMaxPages = 100, 100
	c.Client = &auth.Client{
		Client: &http.Client{Transport: &retry.Transport{
			Base: &guard{base: transport, plainHTTP: plainHTTP, secrets: known},
			Policy: func() retry.Policy {
				return &retry.GenericPolicy{
					Retryable: worthRepeating, Backoff: retry.ExponentialBackoff(pause, 2, 0.1),
					MinWait: pause, MaxWait: longest, MaxRetry: attempts - 1,
				}
			},
		}},
		Header:     http.Header{"User-Agent": {"acdeploy/" + version}},
		Cache:      auth.NewCache(),
		ClientID:   "acdeploy",
		Credential: known.of(credentials.Credential(store)),
	}
	return c, nil
}

// worthRepeating reports whether the same request may have another end.
func worthRepeating(resp *http.Response, err error) (bool, error) {
	if err != nil {
		return transient(err), nil
	}
	return busy(resp.StatusCode), nil
}

// patiently does what cannot be asked again in the middle, such as an upload, from its beginning.
func (c *client) patiently(ctx context.Context, do func() error) error {
	pause := c.pause
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || attempt == attempts || !broken(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(pause, longest)):
		}
		pause *= 2
	}
}

var (
	errPage  = errors.New("answers with a web page instead of what a registry answers: a proxy or a login page stands in between, or the address is another server's")
	errPlain = errors.New("sends us on to plain HTTP, which anybody on the way can read and change")
)

// guard is the last that sees a request, and the first that sees its answer.
type guard struct {
	base      http.RoundTripper
	plainHTTP bool
	secrets   *secrets
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !g.plainHTTP && !loopback(req.URL.Host) {
		return nil, errPlain
	}
	if _, secret, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		g.secrets.note(secret)
	}
	resp, err := g.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	// What is stored may be of any type: it is known by its digest.
	stored := req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/blobs/")
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/html" && resp.StatusCode < 300 && !stored {
		_ = resp.Body.Close()
		return nil, errPage
	}
	return resp, nil
}

// secrets are the words that nobody may read in a message.
type secrets struct {
	mu    sync.Mutex
	words []string
}

func (s *secrets) note(words ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range words {
		if w != "" {
			s.words = append(s.words, w)
		}
	}
}

// of is a way to credentials, which remembers them.
func (s *secrets) of(find auth.CredentialFunc) auth.CredentialFunc {
	return func(ctx context.Context, hostport string) (auth.Credential, error) {
		found, err := find(ctx, hostport)
		s.note(found.Password, found.AccessToken, found.RefreshToken)
		return found, err
	}
}

// hide takes the secrets out of a text.
func (s *secrets) hide(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.words {
		text = strings.ReplaceAll(text, w, "***")
	}
	return text
}
