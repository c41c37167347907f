package library

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestInstallThroughPip(t *testing.T) {
	archive := wheel(t, entry{name: "../escaped", data: []byte("evil")}, entry{name: "onnxruntime/other", data: []byte("not listed")})
	file := write(t, wheelFile, archive)
	tools(t, map[string]string{"python3": fakePip("23.2.1", file)})
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	var probed string
	var steps []Progress
	got := mustInstall(t, s, Options{
		Probe:    func(path string) error { probed = path; _, err := os.Stat(path); return err },
		Progress: func(p Progress) { steps = append(steps, p) },
	})
	if got.Already || got.Version != "9.9.9" || got.Source != "Python wheel onnxruntime==9.9.9" {
		t.Errorf("installed %+v", got)
	}
	if filepath.Base(probed) != filepath.Base(got.Path) || probed == got.Path {
		t.Errorf("%q was probed, want the library before it is in place", probed)
	}
	if !strings.Contains(noted(t, file), " --retries 1 --timeout 15 ") {
		t.Error("pip is as patient as ever")
	}
	if len(steps) == 0 || steps[0].Bytes != int64(len(archive)) || steps[0].Licence != "MIT" {
		t.Errorf("steps are %+v", steps)
	}
	args, err := os.ReadFile(file + ".args")
	if err != nil {
		t.Fatal(err)
	}
	const want = "-m pip download onnxruntime==9.9.9 --no-deps --only-binary=:all: --platform somelinux --python-version 3.12 --implementation cp "
	if !strings.HasPrefix(string(args), want) {
		t.Errorf("pip was called with %s", args)
	}
	if n := len(left(t, filepath.Dir(s.Dir))); n != 5 {
		t.Errorf("more than the library was taken out: %v", left(t, filepath.Dir(s.Dir)))
	}
	// The second time nothing is fetched, not even without any tool.
	t.Setenv("PATH", t.TempDir())
	if again := mustInstall(t, s, Options{Offline: true}); !again.Already {
		t.Error("it was installed again")
	}
}

// noted is what the stand-in for a package manager that brings file was called with.
func noted(t *testing.T, file string) string {
	t.Helper()
	args, err := os.ReadFile(file + ".args")
	if err != nil {
		t.Fatal(err)
	}
	return string(args)
}

func TestInstallWithoutPackageManagers(t *testing.T) {
	tools(t, nil)
	s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, npm(t)))
	_, err := s.Install(t.Context(), Options{Progress: func(p Progress) { t.Errorf("it says %q besides", p.Message) }})
	const want = "pip and npm are not installed; install pip or npm, or give a file: acdeploy runtime install --from FILE"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestInstallTellsWhyNPMFails(t *testing.T) {
	tools(t, map[string]string{"npm": "echo 'npm error network: connect ENETUNREACH' >&2; echo 'npm error A complete log of this run can be found in: x.log' >&2; exit 1"})
	_, err := storeOf(t, pinned(KindNPM, npmFile, npm(t))).Install(t.Context(), Options{})
	wantError(t, err, "exit status 1: npm error network: connect ENETUNREACH")
}

func TestInstallLeavesASourceThatHangs(t *testing.T) {
	archive := npm(t)
	tools(t, map[string]string{
		"pip": "case $1 in --version) echo pip 24.0 x;; *) exec /bin/sleep 600;; esac",
	})
	s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, archive))
	_, err := s.Install(t.Context(), Options{Limit: 300 * time.Millisecond})
	wantError(t, err, "Python wheel onnxruntime==9.9.9: the download took longer than 300ms")
	wantError(t, err, "npm is not installed")
}

func TestInstallPrefersANewPip(t *testing.T) {
	archive := wheel(t)
	file := write(t, wheelFile, archive)
	tools(t, map[string]string{"python3": "exit 1", "pip3": fakePip("19.2.3", "/nowhere"), "pip": fakePip("26.3", file)})
	mustInstall(t, storeOf(t, pinned(KindWheel, wheelFile, archive)), Options{})

	tools(t, map[string]string{"pip3": fakePip("19.2.3", "/nowhere")})
	_, err := storeOf(t, pinned(KindWheel, wheelFile, archive)).Install(t.Context(), Options{})
	wantError(t, err, `pip3 is version "19.2.3", older than 22`)
}

func TestInstallFallsBackToNPM(t *testing.T) {
	archive := npm(t, entry{name: "package/link", link: "/etc/passwd"})
	file := write(t, npmFile, archive)
	tools(t, map[string]string{"npm": fakeNPM(file), "pip": "case $1 in --version) echo pip 24.0 x;; *) echo 'ERROR: no network' >&2; exit 1;; esac"})
	s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, archive))
	var said []string
	if got := mustInstall(t, s, Options{Progress: func(p Progress) { said = append(said, p.Message) }}); got.Version != "9.9.8" {
		t.Errorf("installed %+v", got)
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "onnxruntime==9.9.9: run pip download onnxruntime==9.9.9: exit status 1: ERROR: no network\nfetching npm") {
		t.Errorf("the failure of the first source is not told: %s", all)
	}
	if !strings.Contains(noted(t, file), " --fetch-retries=1 ") {
		t.Error("npm is as patient as ever")
	}
	args, err := os.ReadFile(file + ".args")
	if err != nil || !strings.HasPrefix(string(args), "pack onnxruntime-node@9.9.8 --ignore-scripts ") {
		t.Errorf("npm was called with %s, %v", args, err)
	}
}

func TestInstallFromURL(t *testing.T) {
	archive := npm(t)
	var hits int
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/"+archiveFile, func(w http.ResponseWriter, _ *http.Request) { hits++; _, _ = w.Write(archive) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	mux.Handle("/insecure", http.RedirectHandler(plain.URL, http.StatusFound))
	mux.Handle("/moved", http.RedirectHandler("/"+archiveFile, http.StatusFound))
	server := httptest.NewTLSServer(mux)
	defer server.Close()

	source := pinned(KindArchive, archiveFile, archive)
	source.URL = server.URL + "/moved"
	s := storeOf(t, source)
	o := Options{Client: server.Client()}
	if got := mustInstall(t, s, o); got.Already || hits != 1 {
		t.Errorf("installed %+v after %d downloads", got, hits)
	}
	if got := mustInstall(t, s, o); !got.Already || hits != 1 {
		t.Errorf("installed %+v after %d downloads", got, hits)
	}
	mirrored := storeOf(t, pinned(KindNPM, archiveFile, archive))
	_, err := mirrored.Install(t.Context(), Options{Client: server.Client(), Mirror: server.URL + "/absent/"})
	wantError(t, err, "404")
	mustInstall(t, mirrored, Options{Client: server.Client(), Mirror: server.URL + "/"})
	if hits != 2 {
		t.Errorf("%d downloads", hits)
	}
	for from, want := range map[string]string{
		"/large":    "the file is larger than",
		"/insecure": "which is not https",
		"/nothing":  "404",
	} {
		fresh := storeOf(t, source)
		_, err := fresh.Install(t.Context(), Options{Client: server.Client(), From: server.URL + from})
		wantError(t, err, want)
		if files := left(t, fresh.Dir); len(files) > 0 {
			t.Errorf("%s left %v", from, files)
		}
	}
	fresh := storeOf(t, source)
	_, err = fresh.Install(t.Context(), Options{From: plain.URL + "/x.tgz"})
	wantError(t, err, "the URL is not https")
	_, err = fresh.Install(t.Context(), Options{Client: server.Client(), From: server.URL + "/" + archiveFile, Offline: true})
	wantError(t, err, "--offline forbids")
	mustInstall(t, fresh, Options{Client: server.Client(), From: server.URL + "/" + archiveFile})
}

// TestReliability9CheckAddress does not show what it cannot read.
func TestReliability9CheckAddress(t *testing.T) {
	for _, sound := range []string{"", "a.whl", `C:\a b.whl`, "https://me:secret@host/a?b=c", "a: b"} {
		if err := checkAddress("--from", sound); err != nil {
			t.Errorf("%q: %v", sound, err)
		}
	}
	for _, o := range []Options{{From: "https://me:sec ret@host/a"}, {Mirror: "https://me:secret%@host/"}, {DryRun: true, From: "https://me:secret@ho st"}} {
		_, err := Store{Dir: t.TempDir()}.Install(t.Context(), o)
		if err == nil || strings.Contains(err.Error(), "sec") || !strings.Contains(err.Error(), "no address that can be read") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
