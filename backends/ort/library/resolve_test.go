package library

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	homedir "github.com/mitchellh/go-homedir"
)

// program is a file that can stand for a library of this platform: the test itself.
func program(t *testing.T) []byte {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the stand-in for the library is this program, an ELF file")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestResolve(t *testing.T) {
	data := program(t)
	lib := func(name string) string { return write(t, name, data) }
	byFlag, byEnv, byConfig, byDylib, byLinker := lib("flag.so"), lib("env.so"), lib("config.so"), lib("dylib.so"), lib("libonnxruntime.so.1")
	archive := makeZip(t, entry{name: memberPath, data: libraryBytes})
	full := Store{Dir: t.TempDir(), Manifest: storeOf(t, pinned(KindWheel, wheelFile, archive)).Manifest, OS: "linux", Arch: runtime.GOARCH}
	full.Manifest.Runtimes[0].Arch = runtime.GOARCH
	cached := mustInstall(t, full, Options{From: write(t, "w", archive)}).Path
	empty := full
	empty.Dir = t.TempDir()
	env := func(pairs ...string) func(string) string {
		return func(key string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == key {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	both := env("ACDEPLOY_ORT_LIB", byEnv, "ORT_DYLIB_PATH", byDylib)
	linker := func() (string, error) {
		return "2 libs found\n\tlibonnxruntime.so.1.2 (libc6) => /not/this\n\tlibonnxruntime.so.1 (libc6,x86-64) => " + byLinker + "\n", nil
	}
	tests := []struct {
		name  string
		store Store
		req   Request
		want  Found
	}{
		{"flag", full, Request{Flag: byFlag, Config: byConfig, Getenv: both, Ldconfig: linker}, Found{byFlag, "--ort-lib"}},
		{"environment", full, Request{Config: byConfig, Getenv: both, Ldconfig: linker}, Found{byEnv, "ACDEPLOY_ORT_LIB"}},
		{"config", full, Request{Config: byConfig, Getenv: env("ORT_DYLIB_PATH", byDylib), Ldconfig: linker}, Found{byConfig, "runtime.library"}},
		{"dylib", full, Request{Getenv: env("ORT_DYLIB_PATH", byDylib), Ldconfig: linker}, Found{byDylib, "ORT_DYLIB_PATH"}},
		{"cache", full, Request{Getenv: env(), Ldconfig: linker}, Found{cached, "cache"}},
		{"linker", empty, Request{Getenv: env(), Python: func() (string, error) { return "", nil }, Ldconfig: linker}, Found{byLinker, "ldconfig"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.store.Resolve(test.req)
			if err != nil || got != test.want {
				t.Errorf("found %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

// Of several installed versions the one that is pinned is used: what runtime install gives, not the newest, nor the last that was installed.
func TestResolveTakesThePinnedVersion(t *testing.T) {
	archive := makeZip(t, entry{name: memberPath, data: libraryBytes})
	s := storeOf(t, pinned(KindWheel, wheelFile, archive), pinned(KindNPM, npmFile, archive))
	s.Manifest.Runtimes[0].Version = "9.9.1"
	from := write(t, "w", archive)
	other := mustInstall(t, s, Options{From: from, Version: "9.9.8"})
	if got, err := used(s); err != nil || got.Path != other.Path {
		t.Errorf("where there is no other: %+v, %v", got, err)
	}
	fixed := mustInstall(t, s, Options{From: from, Version: "9.9.1"})
	mustInstall(t, s, Options{From: from, Version: "9.9.8"})
	if got, err := used(s); err != nil || got.Path != fixed.Path || fixed.Path == other.Path {
		t.Errorf("got %+v, %v, want %s", got, err, fixed.Path)
	}
	if given, err := s.Install(t.Context(), Options{Offline: true}); err != nil || given.Path != fixed.Path {
		t.Errorf("runtime install gives %+v, %v", given, err)
	}
}

// A library that is named outright needs no home folder: not for a user of whom nothing is known.
func TestResolveWithoutHome(t *testing.T) {
	path := write(t, "named.so", program(t))
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "PATH"} { // nor a program that knows the users
		t.Setenv(name, "")
	}
	homedir.Reset()
	t.Cleanup(homedir.Reset)
	if got, err := (Store{}).Resolve(Request{Flag: path}); err != nil || got.Path != path {
		t.Errorf("found %+v, %v", got, err)
	}
	_, err := (Store{}).List()
	if err == nil || !strings.Contains(err.Error(), "set HOME or XDG_CACHE_HOME") {
		t.Errorf("the store without a home: %v", err)
	}
}

func TestResolveNeverPassesOverANamedLibrary(t *testing.T) {
	data := program(t)
	good := write(t, "good.so", data)
	s := Store{Dir: t.TempDir()}
	foreign := append([]byte{}, data...)
	foreign[18], foreign[19] = 0x08, 0 // e_machine: MIPS
	tests := map[string]struct{ path, want string }{
		"absent":    {filepath.Join(t.TempDir(), "absent.so"), "does not exist"},
		"folder":    {t.TempDir(), "is a folder; name the library in it"},
		"text":      {write(t, "text.so", []byte("GROUP ( libonnxruntime.so.1 )")), "is not a shared library of linux, or is incomplete"},
		"truncated": {write(t, "short.so", data[:len(data)/2]), "is not a shared library of linux, or is incomplete"},
		"foreign":   {write(t, "mips.so", foreign), "is a library for EM_MIPS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.Resolve(Request{
				Config: good,
				Getenv: func(key string) string { return map[string]string{"ACDEPLOY_ORT_LIB": test.path}[key] },
			})
			missing, ok := errors.AsType[*NotFoundError](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if !missing.Explicit || !strings.Contains(missing.Reason(), "ACDEPLOY_ORT_LIB: "+test.path+" "+test.want) {
				t.Errorf("reason is %s", missing.Reason())
			}
			if want := "correct ACDEPLOY_ORT_LIB, or unset it"; missing.Remedy() != want {
				t.Errorf("remedy is %s", missing.Remedy())
			}
		})
	}
}

func TestResolveErrorListsEveryPlace(t *testing.T) {
	dir := t.TempDir()
	_, err := Store{Dir: dir, OS: "linux", Arch: "amd64"}.Resolve(Request{
		Getenv:   func(string) string { return "" },
		Python:   func() (string, error) { return "", nil },
		Ldconfig: func() (string, error) { return "", nil },
	})
	missing, ok := errors.AsType[*NotFoundError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	for i, tried := range missing.Tried {
		if tried.Place == "" || tried.Reason == "" || !strings.Contains(missing.Places(), tried.Reason) {
			t.Errorf("place %d is told as %+v", i, tried)
		}
	}
	got := strings.ReplaceAll(missing.Error()+"\n--\n"+missing.Reason()+"\n--\n"+missing.Places()+"\n--\n"+missing.Remedy()+"\n", dir, "CACHE")
	golden := filepath.Join("testdata", "not-found.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
