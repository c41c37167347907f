package library

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
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
	s := storeOfOne(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, npm(t)))
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
	s := storeOfOne(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, archive))
	_, err := s.Install(t.Context(), Options{Limit: 300 * time.Millisecond})
	wantError(t, err, "Python wheel onnxruntime==9.9.9: the download took longer than 300ms")
	wantError(t, err, "; npm package onnxruntime-node@9.9.8: npm is not installed")
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error takes several lines: %v", err)
	}
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
	s := storeOfOne(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, archive))
	var said []string
	if got := mustInstall(t, s, Options{Progress: func(p Progress) { said = append(said, p.Message) }}); got.Version != "9.9.9" || got.Source != "npm package onnxruntime-node@9.9.8" {
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
	mux.HandleFunc("/large.whl", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	mux.Handle("/insecure.whl", http.RedirectHandler(plain.URL, http.StatusFound))
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
		"/large.whl":    "the file is larger than",
		"/insecure.whl": "which is not https",
		"/nothing.whl":  "404",
	} {
		fresh := storeOf(t, source)
		_, err := fresh.Install(t.Context(), Options{Client: server.Client(), From: server.URL + from})
		wantError(t, err, want)
		if files := left(t, fresh.Dir); len(files) > 0 {
			t.Errorf("%s left %v", from, files)
		}
	}
	fresh := storeOf(t, source)
	_, err = fresh.Install(t.Context(), Options{From: "ftp://mirror.example/x.tgz"})
	wantError(t, err, "the URL is neither http nor https")
	_, err = fresh.Install(t.Context(), Options{Client: server.Client(), From: server.URL + "/" + archiveFile, Offline: true})
	wantError(t, err, "--offline forbids")
	mustInstall(t, fresh, Options{Client: server.Client(), From: server.URL + "/" + archiveFile})
}

// The address of a mirror is that of a folder, and may be a plain http server: the SHA-256 is what is trusted.
func TestInstallFromAMirror(t *testing.T) {
	archive := wheel(t)
	served := map[string][]byte{"/ort/" + wheelFile: archive, "/ort/onnxruntime-9.9.9-cp399-any.whl": wheel(t, entry{name: "other", data: []byte("python")})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	defer server.Close()
	tools(t, nil)
	for _, address := range []string{"/ort", "/ort/", "/ort/" + wheelFile, "/ort/onnxruntime-9.9.9-cp399-any.whl"} {
		mustInstall(t, storeOf(t, pinned(KindWheel, wheelFile, archive)), Options{From: server.URL + address})
	}
	_, err := storeOf(t, pinned(KindWheel, wheelFile, archive)).Install(t.Context(), Options{From: server.URL + "/elsewhere"})
	wantError(t, err, server.URL+"/elsewhere/"+wheelFile+": the server answers 404")
	served["/ort/"+wheelFile] = wheel(t, entry{name: "evil", data: []byte("x")})
	_, err = storeOf(t, pinned(KindWheel, wheelFile, archive)).Install(t.Context(), Options{From: server.URL + "/ort"})
	wantError(t, err, "is larger than")
}

// A pip that may not work outside of a virtual environment, and one whose index is down, are told in pip's own words.
func TestInstallTellsThePinnedVersionsFailure(t *testing.T) {
	const refuses = `case "$*" in *--version*) echo "pip 24.0 x"; exit 0;; esac
`
	tests := map[string]struct{ pip, want string }{
		"require_virtualenv": {
			`[ "$PIP_REQUIRE_VIRTUALENV" = 1 ] && { echo 'ERROR: Could not find an activated virtualenv (required).' >&2; exit 3; }`,
			"onnxruntime==9.9.9: exit status 3: ERROR: Could not find an activated virtualenv (required).",
		},
		"index_down": {
			`echo 'Looking in indexes: http://127.0.0.1:9/simple'
echo "WARNING: Retrying (Retry(total=0)) after connection broken by 'Failed to establish a new connection: Connection refused': /simple/" >&2
echo "WARNING: Retrying (Retry(total=0)) after connection broken by 'Failed to establish a new connection: Connection refused': /simple/" >&2
echo 'ERROR: Could not find a version that satisfies the requirement onnxruntime==9.9.9 (from versions: none)' >&2
echo '[notice] A new release of pip is available' >&2
exit 1`,
			"exit status 1: WARNING: Retrying (Retry(total=0)) after connection broken by 'Failed to establish a new connection: Connection refused': /simple/; " +
				"ERROR: Could not find a version that satisfies the requirement onnxruntime==9.9.9 (from versions: none)",
		},
	}
	t.Setenv("PIP_REQUIRE_VIRTUALENV", "1")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			other := npm(t)
			tools(t, map[string]string{"pip": refuses + test.pip, "npm": fakeNPM(write(t, npmFile, other))})
			s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)), pinned(KindNPM, npmFile, other))
			_, err := s.Install(t.Context(), Options{})
			wantError(t, err, test.want)
			wantError(t, err, "; npm brings 9.9.8: acdeploy runtime install --version 9.9.8")
			if all, err := s.List(); err != nil || len(all) != 0 {
				t.Errorf("it installed another version: %+v, %v", all, err)
			}
			if got := mustInstall(t, s, Options{Version: "9.9.8"}); got.Version != "9.9.8" {
				t.Errorf("installed %+v", got)
			}
			if there, err := s.Install(t.Context(), Options{}); err == nil {
				t.Errorf("the other version passes for the pinned one: %+v", there)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	lines := make([]string, 50)
	for i := range lines {
		lines[i] = "ERROR: number " + string(rune('A'+i)) + strings.Repeat("é", longestWords)
	}
	long := reasons(strings.Join(lines, "\n"))
	if n := strings.Count(long, "ERROR"); n != mostReasons || len(long) > mostReasons*(longestWords+10) || !utf8.ValidString(long) {
		t.Errorf("%d reasons of %d bytes", n, len(long))
	}
	for said, want := range map[string]string{
		"": "", "\n \n": "", "a\nb\n": ": a; b",
		"npm error code ENOENT\nnpm error A complete log of this run can be found in: x": ": npm error code ENOENT",
	} {
		if got := reasons(said); got != want {
			t.Errorf("of %q: %q, want %q", said, got, want)
		}
	}
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
