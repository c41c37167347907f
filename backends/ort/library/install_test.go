package library

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func mustInstall(t *testing.T, s Store, o Options) Installed {
	t.Helper()
	got, err := s.Install(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(got.Path)
	if err != nil || string(data) != string(libraryBytes) {
		t.Fatalf("the installed library is wrong: %v", err)
	}
	if want := filepath.Join(s.Dir, got.Version, "cpu", digestOf(libraryBytes)[:12]); filepath.Dir(got.Path) != want {
		t.Errorf("it lies in %s, want %s", filepath.Dir(got.Path), want)
	}
	return got
}

func wheel(t *testing.T, more ...entry) []byte {
	t.Helper()
	return makeZip(t, append(more, entry{name: memberPath, data: libraryBytes})...)
}

func npm(t *testing.T, more ...entry) []byte {
	t.Helper()
	return makeTgz(t, append(more, entry{name: memberPath, data: libraryBytes})...)
}

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
	wantError(t, err, "Python wheel onnxruntime==9.9.9: it did not arrive within 300ms")
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

func TestInstallFailsWhole(t *testing.T) {
	good := wheel(t)
	other := wheel(t, entry{name: "more", data: []byte("x")})
	flipped := append([]byte{}, good...)
	flipped[len(flipped)/2] ^= 1
	wrong := append([]byte("THE"), libraryBytes[3:]...)
	tests := map[string]struct {
		served []byte // what the package manager brings
		pinned []byte // what the manifest expects
		probe  error
		want   string
	}{
		"wrong_archive_hash": {served: flipped, pinned: good, want: "it is not the file that was reviewed"},
		"truncated":          {served: good[:len(good)-9], pinned: good, want: "it is incomplete"},
		"oversize":           {served: other, pinned: good, want: "is larger than the pinned"},
		"wrong_member_hash": {
			served: makeZip(t, entry{name: memberPath, data: wrong}), want: memberPath + " has sha256",
		},
		"short_member": {
			served: makeZip(t, entry{name: memberPath, data: libraryBytes[:9]}), want: memberPath + " has 9 bytes",
		},
		"oversize_member": {
			served: makeZip(t, entry{name: memberPath, data: append(libraryBytes, 0)}), want: memberPath + " is larger",
		},
		"symlink_member": {served: makeZip(t, entry{name: memberPath, link: "/etc/passwd"}), want: "is not a regular file"},
		"absent_member":  {served: makeZip(t, entry{name: "../" + memberPath, data: libraryBytes}), want: "it lacks " + memberPath},
		"not_a_zip":      {served: []byte("PK? no"), want: "unpack " + wheelFile},
		"does_not_load":  {served: good, probe: errors.New("glibc is too old"), want: "the library does not load here: glibc is too old"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.pinned == nil {
				test.pinned = test.served
			}
			tools(t, map[string]string{"pip": fakePip("24.0", write(t, wheelFile, test.served))})
			s := storeOf(t, pinned(KindWheel, wheelFile, test.pinned))
			_, err := s.Install(t.Context(), Options{Probe: func(string) error { return test.probe }})
			wantError(t, err, test.want)
			if files := left(t, s.Dir); len(files) > 0 {
				t.Errorf("it left %v", files)
			}
		})
	}
}

func TestUnpackTarRefuses(t *testing.T) {
	good := npm(t)
	tests := map[string]struct {
		archive []byte
		want    string
	}{
		"symlink":   {makeTgz(t, entry{name: memberPath, link: "/etc/passwd"}), "is not a regular file"},
		"absent":    {makeTgz(t, entry{name: "x", data: []byte("x")}), "it lacks"},
		"truncated": {good[:len(good)/2], "unpack"},
		"not_gzip":  {[]byte("no"), "unpack"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantError(t, unpack(write(t, npmFile, test.archive), pinned(KindNPM, npmFile, test.archive), t.TempDir()), test.want)
		})
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
		"/large":    "it is larger than",
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

func TestInstallFromFile(t *testing.T) {
	w, n := wheel(t), npm(t)
	for name, data := range map[string][]byte{"renamed.bin": w, npmFile: n, "libonnxruntime.so": libraryBytes} {
		t.Run(name, func(t *testing.T) {
			s := storeOf(t, pinned(KindWheel, wheelFile, w), pinned(KindNPM, npmFile, n))
			tools(t, nil)
			file := write(t, name, data)
			planned, err := s.Install(t.Context(), Options{From: file, DryRun: true})
			if err != nil || len(left(t, filepath.Dir(s.Dir))) != 0 {
				t.Fatalf("dry run: %v", err)
			}
			got := mustInstall(t, s, Options{From: file, Offline: true})
			if got.Path != planned.Path {
				t.Errorf("installed %s, planned %s", got.Path, planned.Path)
			}
			if again := mustInstall(t, s, Options{From: file}); !again.Already {
				t.Error("it was installed again")
			}
		})
	}
	s := storeOf(t, pinned(KindWheel, wheelFile, w))
	_, err := s.Install(t.Context(), Options{From: write(t, "own.so", []byte("another build"))})
	wantError(t, err, "is none of the pinned files for linux/amd64: "+wheelFile+"; to use a library of your own")
	_, err = s.Install(t.Context(), Options{From: filepath.Join(t.TempDir(), "absent.whl")})
	wantError(t, err, "read --from: ")
	_, err = s.Install(t.Context(), Options{From: t.TempDir()})
	wantError(t, err, "is not a regular file")
}

func TestInstallDryRunAndOffline(t *testing.T) {
	archive := wheel(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	tools(t, nil)
	plan, err := s.Install(t.Context(), Options{DryRun: true})
	if err != nil || plan.Fetch != int64(len(archive)) || plan.Licence != "MIT" {
		t.Errorf("plan is %+v, %v", plan, err)
	}
	if files := left(t, filepath.Dir(s.Dir)); len(files) > 0 {
		t.Errorf("the dry run left %v", files)
	}
	_, err = s.Install(t.Context(), Options{Offline: true})
	wantError(t, err, "--offline forbids a download; name a file with --from")
	_, err = s.Install(t.Context(), Options{})
	wantError(t, err, "pip is not installed")
	_, err = s.Install(t.Context(), Options{Flavour: "cuda"})
	wantError(t, err, `flavour "cuda" is not known`)
	s.OS = "darwin"
	_, err = s.Install(t.Context(), Options{})
	wantError(t, err, "it is too old")
}

func TestInstallRepairs(t *testing.T) {
	archive := wheel(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	tools(t, map[string]string{"pip": fakePip("24.0", write(t, wheelFile, archive))})
	got := mustInstall(t, s, Options{})
	if err := os.WriteFile(got.Path, append([]byte("X"), libraryBytes[1:]...), 0o644); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(s.Dir, scratchPattern+"killed")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	if all, err := s.List(); err != nil || len(all) != 1 || all[0].Fault == "" {
		t.Errorf("the damaged library is listed as %+v, %v", all, err)
	}
	if again := mustInstall(t, s, Options{}); again.Already {
		t.Error("the damaged library was taken for sound")
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a killed installation left is still there")
	}
}

func TestInstallOnlyOnceAtATime(t *testing.T) {
	archive := wheel(t)
	file := write(t, wheelFile, archive)
	tools(t, map[string]string{"pip": fakePip("24.0", file)})
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Install(t.Context(), Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	args, err := os.ReadFile(file + ".args")
	if err != nil || strings.Count(string(args), "\n") != 1 {
		t.Errorf("pip was called so often: %q, %v", args, err)
	}
}

func TestInstallInterrupted(t *testing.T) {
	tools(t, map[string]string{"pip": "case $1 in --version) echo pip 24.0 x;; *) exec /bin/sleep 600;; esac"})
	s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Install(ctx, Options{Progress: func(p Progress) {
		if strings.HasPrefix(p.Message, "fetching") {
			time.AfterFunc(20*time.Millisecond, cancel)
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if files := left(t, s.Dir); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
	// A second one waits for the lock no longer than its context allows.
	unlock, err := s.lock(t.Context(), func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	if _, err := s.Install(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestListAndRemove(t *testing.T) {
	w, n := wheel(t), npm(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, w), pinned(KindNPM, npmFile, n))
	if all, err := s.List(); err != nil || len(all) != 0 {
		t.Errorf("an empty store lists %v, %v", all, err)
	}
	if gone, err := s.Remove(t.Context(), "", ""); err != nil || len(gone) != 0 {
		t.Errorf("an empty store removes %v, %v", gone, err)
	}
	mustInstall(t, s, Options{From: write(t, "a", w)})
	mustInstall(t, s, Options{From: write(t, "b", n)})
	all, err := s.List()
	if err != nil || len(all) != 2 || all[0].Version != "9.9.8" || all[1].Version != "9.9.9" || all[0].Fault != "" || all[0].Licence != "MIT" {
		t.Fatalf("listed %+v, %v", all, err)
	}
	if gone, err := s.Remove(t.Context(), "9.9.8", ""); err != nil || len(gone) != 1 {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if gone, err := s.Remove(t.Context(), "", "cuda"); err != nil || len(gone) != 0 {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if gone, err := s.Remove(t.Context(), "", ""); err != nil || len(gone) != 1 || gone[0].Version != "9.9.9" {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if files := left(t, s.Dir); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
}
