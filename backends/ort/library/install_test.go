package library

import (
	"context"
	"errors"
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
		"absent_member":  {served: makeZip(t, entry{name: "../" + memberPath, data: libraryBytes}), want: memberPath + " is missing in it"},
		"not_a_zip":      {served: []byte("PK? no"), want: "unpack " + wheelFile},
		"does_not_load":  {served: good, probe: errors.New("glibc is too old"), want: "the library does not load on this machine: glibc is too old"},
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
	wantError(t, err, "own.so holds none of the pinned libraries for linux/amd64: 9.9.9 libonnxruntime.so.9.9.9; to use a library of your own")
	_, err = s.Install(t.Context(), Options{From: filepath.Join(t.TempDir(), "absent.whl")})
	wantError(t, err, "read --from: ")
	_, err = s.Install(t.Context(), Options{From: t.TempDir()})
	wantError(t, err, "holds none of the pinned libraries")
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
