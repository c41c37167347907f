package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// password is looked for in everything that is said.
const password = "hunter2secret"

// quick is a pause that no test waits for.
const quick = time.Millisecond

// made is the folder of all tests, once one has asked for it.
var made struct {
	sync.Mutex
	files map[string]string
}

// folder is a release of a trained network, with a data file beside its model.
func folder(t *testing.T) *release.Folder {
	t.Helper()
	return writeFolder(t, map[string]string{"model.onnx.data": strings.Repeat("weights ", 1000)})
}

// writeFolder is a release folder in which some files are others.
func writeFolder(t *testing.T, others map[string]string) *release.Folder {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.files == nil {
		made.files = contents(t, releasetest.Folder(t).Dir)
		delete(made.files, release.SumsFile)
	}
	files := maps.Clone(made.files)
	maps.Copy(files, others)
	dir, sums := t.TempDir(), ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write(t, filepath.Join(dir, name), files[name])
		sums += osfile.SHA256Bytes([]byte(files[name])) + "  " + name + "\n"
	}
	write(t, filepath.Join(dir, release.SumsFile), sums)
	f, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// server is a registry of some kind.
type server struct {
	name  string
	start func(t *testing.T) (host string)
}

func servers() []server {
	return []server{
		{"with_referrers", listing},
		{"without_referrers", plain},
		{"debian", debian},
	}
}

// inProcess starts the registry of go-containerregistry.
func inProcess(t *testing.T, referrers bool) string {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.WithReferrersSupport(referrers), registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func listing(t *testing.T) string {
	t.Helper()
	return inProcess(t, true)
}

func plain(t *testing.T) string {
	t.Helper()
	return inProcess(t, false)
}

// debian starts Debian's registry, which `.ci/registry .tools` installs.
func debian(t *testing.T) string {
	t.Helper()
	program, err := filepath.Abs(filepath.Join("..", "..", ".tools", "docker-registry"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("docker-registry"); err != nil {
			t.Skip("docker-registry is not installed; .ci/registry .tools installs it")
		}
	}
	dir, host := t.TempDir(), free(t)
	write(t, filepath.Join(dir, "config.yml"), fmt.Sprintf(
		"version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\n", filepath.Join(dir, "data"), host))
	cmd := exec.Command(program, "serve", filepath.Join(dir, "config.yml"))
	osfile.DieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Skipf("docker-registry does not start: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 200 {
		if resp, err := http.Get("http://" + host + "/v2/"); err == nil {
			_ = resp.Body.Close()
			return host
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Skip("docker-registry does not answer within 10 s")
	return ""
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// proxy stands before a registry, and may answer in its place.
type proxy struct {
	host string
	mu   sync.Mutex
	seen []string // METHOD PATH
	// instead answers a request itself and returns true, or leaves it to the registry. It may change the request.
	instead func(w http.ResponseWriter, r *http.Request) bool
	// after may change the registry's answer.
	after func(*http.Response) error
}

func newProxy(t *testing.T, registry string) *proxy {
	t.Helper()
	p := &proxy{}
	back := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: registry})
	back.ErrorLog = log.New(io.Discard, "", 0)
	back.ModifyResponse = func(r *http.Response) error {
		if p.after != nil {
			return p.after(r)
		}
		return nil
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.URL.Path)
		p.mu.Unlock()
		if p.instead != nil && p.instead(w, r) {
			return
		}
		back.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	p.host = strings.TrimPrefix(s.URL, "http://")
	return p
}

// requests are those whose line contains a word.
func (p *proxy) requests(word string) (found []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.seen {
		if strings.Contains(line, word) {
			found = append(found, line)
		}
	}
	return found
}

// drop ends a connection without an answer, after half of the request's body.
func drop(w http.ResponseWriter, r *http.Request) bool {
	_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
	panic(http.ErrAbortHandler)
}

// publish publishes a folder, and wants it to work.
func publish(t *testing.T, f *release.Folder, ref string, as Form) release.Receipt {
	t.Helper()
	receipt, err := try(t.Context(), f, ref, as)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func try(ctx context.Context, f *release.Folder, ref string, as Form) (release.Receipt, error) {
	target, err := New(ref, Options{As: as, pause: quick})
	if err != nil {
		return release.Receipt{}, err
	}
	return target.Publish(ctx, f)
}

// digestOf is the digest in the reference of a receipt.
func digestOf(r release.Receipt) string {
	_, digest, _ := strings.Cut(r.Reference, "@")
	return digest
}

// bring fetches a release into a new folder.
func bring(t *testing.T, ref string) (Fetched, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	got, err := Fetch(t.Context(), ref, dir, FetchOptions{pause: quick})
	if err != nil {
		if _, there := os.Stat(filepath.Dir(dir)); !errors.Is(there, os.ErrNotExist) {
			t.Errorf("a fetch that failed left something: %v", there)
		}
	}
	return got, err
}

// sameFiles compares two folders byte for byte.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	a, b := contents(t, want), contents(t, got)
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) || len(a) == 0 {
		t.Errorf("%d files, want %d", len(b), len(a))
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(data)
	}
	return found
}

// oneLine wants an error of one line without secrets that has all the words.
func oneLine(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if strings.Contains(text, "\n") || len(text) > 420 || strings.Contains(text, password) {
		t.Errorf("not one short line without secrets: %s", text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in: %s", w, text)
		}
	}
}
