package oci

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/acdeploy/acdeploy/release"
)

// TestDroppedUpload breaks the connection in the middle of the model, some times or always.
func TestDroppedUpload(t *testing.T) {
	f := folder(t)
	for _, times := range []int32{1, attempts - 1, 1000} {
		p := newProxy(t, inProcess(t, true))
		var left atomic.Int32
		left.Store(times)
		p.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && r.ContentLength > 100_000 && left.Add(-1) >= 0 {
				return drop(w, r)
			}
			return false
		}
		_, err := try(t.Context(), f, p.host+"/net:v1", Artifact)
		got, fetching := bring(t, p.host+"/net:v1")
		if times < attempts {
			if err != nil || fetching != nil {
				t.Fatalf("%d times: %v, %v", times, err, fetching)
			}
			sameFiles(t, f.Dir, got.Folder.Dir)
			continue
		}
		oneLine(t, err, "publish to oci://"+p.host+"/net:v1: ")
		oneLine(t, fetching, "no such release")
		if manifests := p.requests("PUT /v2/net/manifests"); len(manifests) != 0 {
			t.Errorf("half a release can be seen: %v", manifests)
		}
		if tries := 1000 - left.Load(); tries != attempts {
			t.Errorf("tried %d times", tries)
		}
	}
}

// TestDroppedDownload breaks the connection in the middle of the model, some times or always.
func TestDroppedDownload(t *testing.T) {
	f, host := folder(t), inProcess(t, true)
	for _, as := range []Form{Artifact, Image} {
		receipt := publish(t, f, host+"/net:"+string(as), as)
		for _, times := range []int32{1, 1000} {
			p := newProxy(t, host)
			var left atomic.Int32
			left.Store(times)
			p.after = func(r *http.Response) error {
				if r.Request.Method == http.MethodGet && r.ContentLength > 100_000 && left.Add(-1) >= 0 {
					r.Body = io.NopCloser(io.LimitReader(r.Body, r.ContentLength/2))
				}
				return nil
			}
			got, err := bring(t, p.host+"/net@"+digestOf(receipt))
			if times == 1 {
				if err != nil {
					t.Fatal(err)
				}
				sameFiles(t, f.Dir, got.Folder.Dir)
				continue
			}
			oneLine(t, err, "fetch oci://"+p.host+"/net@sha256:")
		}
	}
}

// TestAnswers has the registry answer with errors: to everything, or to one kind of request.
func TestAnswers(t *testing.T) {
	f := folder(t)
	for code, words := range map[int][]string{
		401: {"401 Unauthorized", "docker login"},
		403: {"403 Forbidden", "the account"},
		404: {},
		409: {"409 Conflict"},
		413: {"413 Request Entity Too Large"},
		429: {"429 Too Many Requests", "try again later"},
		500: {"500 Internal Server Error", "try again later"},
		502: {"502 Bad Gateway", "try again later"},
		503: {"503 Service Unavailable", "try again later"},
	} {
		for _, where := range []string{"", "POST ", "PUT /v2/net/blobs", "PUT /v2/net/manifests", "PUT /v2/net/manifests/v1"} {
			host := inProcess(t, true)
			p := newProxy(t, host)
			p.instead = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.Method+" "+r.URL.Path, where) {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(code)
				_, _ = fmt.Fprintf(w, `{"errors":[{"code":"DENIED","message":"see https://me:%s@example.com/?token=%s"}]}`, password, password)
				return true
			}
			_, err := try(t.Context(), f, fmt.Sprintf("%s/net:v1", p.host), Artifact)
			oneLine(t, err, append(words, "publish to oci://"+p.host+"/net:v1: ")...)
			if _, err := bring(t, host+"/net:v1"); err == nil {
				t.Fatalf("%d to %q: a release that was not published can be fetched", code, where)
			}
			if where == "" {
				publish(t, f, host+"/there:v1", Artifact)
				_, err := bring(t, p.host+"/there:v1")
				oneLine(t, err, append(words, "fetch oci://")...)
			}
		}
	}
}

// TestBusy has the registry ask for patience once.
func TestBusy(t *testing.T) {
	for _, code := range []int{429, 503} {
		p := newProxy(t, inProcess(t, true))
		tried := map[string]bool{}
		p.instead = func(w http.ResponseWriter, r *http.Request) bool {
			key := r.Method + r.URL.Path
			if strings.Contains(key, "/uploads/") { // each try has an address of its own
				key = r.Method
			}
			if tried[key] {
				return false
			}
			tried[key] = true
			w.WriteHeader(code)
			return true
		}
		f := folder(t)
		publish(t, f, p.host+"/net:v1", Artifact)
		clear(tried)
		got, err := bring(t, p.host+"/net:v1")
		if err != nil {
			t.Fatal(err)
		}
		sameFiles(t, f.Dir, got.Folder.Dir)
	}
}

// TestWebPage has a proxy answer everything with a page, as one that wants a login does.
func TestWebPage(t *testing.T) {
	host := inProcess(t, true)
	f := folder(t)
	publish(t, f, host+"/net:v1", Artifact)
	page := func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>log in</html>")
		return true
	}
	p := newProxy(t, host)
	p.instead = page
	_, err := try(t.Context(), f, p.host+"/net:v1", Artifact)
	oneLine(t, err, "web page", "proxy")
	_, err = bring(t, p.host+"/net:v1")
	oneLine(t, err, "web page", "proxy")
	p.instead = func(w http.ResponseWriter, r *http.Request) bool {
		return strings.Contains(r.URL.Path, "/blobs/") && page(w, r)
	}
	_, err = bring(t, p.host+"/net:v1")
	oneLine(t, err, "length")
}

// login has Docker's configuration name an account for a registry, and returns what the registry is to be sent.
func login(t *testing.T, host string) (header string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	pair := base64.StdEncoding.EncodeToString([]byte("me:" + password))
	write(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, pair))
	return "Basic " + pair
}

// locked has a proxy ask for a password.
func locked(p *proxy, header string) {
	p.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == header {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="models"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
}

// TestCredentials publishes to a registry that wants a password: with the right one, a wrong one and none.
func TestCredentials(t *testing.T) {
	p := newProxy(t, inProcess(t, true))
	f := folder(t)
	locked(p, login(t, p.host))
	receipt := publish(t, f, p.host+"/net:v1", Artifact)
	got, err := bring(t, p.host+"/net:v1")
	if err != nil {
		t.Fatal(err)
	}
	sameFiles(t, f.Dir, got.Folder.Dir)
	if said := fmt.Sprint(receipt, got); strings.Contains(said, password) || strings.Contains(said, "me:") {
		t.Error(said)
	}
	locked(p, "another password")
	_, err = bring(t, p.host+"/net:v1")
	oneLine(t, err, "401 Unauthorized", "docker login "+p.host)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	_, err = bring(t, p.host+"/net:v1")
	oneLine(t, err, "Docker's configuration has nothing for it", "docker login "+p.host)
}

// TestCredentialHelper has a program give the password, as docker login arranges it on desktops.
func TestCredentialHelper(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the helper of this test is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	write(t, filepath.Join(dir, "config.json"), `{"credsStore":"acdeploytest"}`)
	helper := fmt.Sprintf("#!/bin/sh\nread host\necho '{\"Username\":\"me\",\"Secret\":\"%s\"}'\n", password)
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-acdeploytest"), []byte(helper), 0o755); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, inProcess(t, true))
	locked(p, "Basic "+base64.StdEncoding.EncodeToString([]byte("me:"+password)))
	publish(t, folder(t), p.host+"/net:v1", Artifact)
}

// TestToken takes the way by which most registries ask who somebody is: a token, from a service of its own.
func TestToken(t *testing.T) {
	p := newProxy(t, inProcess(t, true))
	basic, token := login(t, p.host), password+"-token"
	p.instead = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/token" && r.Header.Get("Authorization") == basic:
			_, _ = fmt.Fprintf(w, `{"token":%q}`, token)
		case r.URL.Path != "/token" && r.Header.Get("Authorization") == "Bearer "+token:
			return false
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="models"`, p.host))
			w.WriteHeader(http.StatusUnauthorized)
		}
		return true
	}
	publish(t, folder(t), p.host+"/net:v1", Artifact)
	p.instead = func(w http.ResponseWriter, r *http.Request) bool { // a registry that tells what it was told
		if r.Method == http.MethodHead { // its answer has no text
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="models"`)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"errors":[{"code":"DENIED","message":"not with %s"}]}`, r.Header.Get("Authorization"))
		return true
	}
	_, err := bring(t, p.host+"/net:v1")
	oneLine(t, err, "not with Basic ***")
	if strings.Contains(err.Error(), strings.TrimPrefix(basic, "Basic ")) {
		t.Error(err)
	}
}

// TestRedirect sends downloads to another server, as registries with a store in a cloud do. It is told no password.
func TestRedirect(t *testing.T) {
	host := inProcess(t, true)
	f := folder(t)
	store := newProxy(t, host)
	store.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("the other server is told %s", got)
		}
		return false
	}
	p := newProxy(t, host)
	header := login(t, p.host)
	publish(t, f, host+"/net:v1", Artifact)
	p.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != header {
			w.Header().Set("WWW-Authenticate", `Basic realm="models"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		http.Redirect(w, r, "http://"+store.host+r.URL.Path+"?signature="+password, http.StatusTemporaryRedirect)
		return true
	}
	got, err := bring(t, p.host+"/net:v1")
	if err != nil {
		t.Fatal(err)
	}
	sameFiles(t, f.Dir, got.Folder.Dir)
	store.instead = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	_, err = bring(t, p.host+"/net:v1")
	oneLine(t, err, store.host+" answers 403")
}

// TestUploadElsewhere has a registry send an upload to another server, which nobody asked for it.
func TestUploadElsewhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrives with %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	p := newProxy(t, inProcess(t, true))
	header := login(t, p.host)
	p.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != header {
			w.Header().Set("WWW-Authenticate", `Basic realm="models"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		if r.Method != http.MethodPost {
			return false
		}
		w.Header().Set("Location", other.URL+"/upload?token="+password)
		w.WriteHeader(http.StatusAccepted)
		return true
	}
	_, err := try(t.Context(), folder(t), p.host+"/net:v1", Artifact)
	oneLine(t, err, "different host")
}

// TestPlainHTTP asks for a registry that is not on this machine without TLS.
func TestPlainHTTP(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		a, err := parse("registry.invalid/net:v1")
		if err != nil {
			t.Fatal(err)
		}
		c, err := connect(a, allowed, quick)
		if err != nil {
			t.Fatal(err)
		}
		if c.PlainHTTP != allowed {
			t.Errorf("plain HTTP is %v, want %v", c.PlainHTTP, allowed)
		}
		asked := false
		g := &guard{plainHTTP: allowed, secrets: &secrets{}, base: roundTrip(func(*http.Request) (*http.Response, error) {
			asked = true
			return &http.Response{StatusCode: 200}, nil
		})}
		req := httptest.NewRequest(http.MethodGet, "http://registry.invalid/v2/", nil)
		if _, err := g.RoundTrip(req); (err == nil) != allowed || asked != allowed {
			t.Errorf("allowed %v: asked %v, %v", allowed, asked, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestInterrupted ends the context in the middle.
func TestInterrupted(t *testing.T) {
	host := inProcess(t, true)
	f := folder(t)
	publish(t, f, host+"/net:v1", Artifact)
	p := newProxy(t, host)
	ctx, cancel := context.WithCancel(t.Context())
	p.after = func(r *http.Response) error {
		if r.ContentLength > 100_000 {
			cancel()
		}
		return nil
	}
	parent := t.TempDir()
	if _, err := Fetch(ctx, p.host+"/net:v1", filepath.Join(parent, "net"), FetchOptions{pause: quick}); err == nil {
		t.Error("it came")
	}
	if left := contents(t, parent); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	ctx, cancel = context.WithCancel(t.Context())
	p.instead = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			cancel()
		}
		return false
	}
	if _, err := try(ctx, writeFolder(t, map[string]string{release.ModelFile: "m"}), p.host+"/other:v1", Artifact); err == nil {
		t.Error("it was published")
	}
	if _, err := bring(t, host+"/other:v1"); err == nil {
		t.Error("half of it can be seen")
	}
}
