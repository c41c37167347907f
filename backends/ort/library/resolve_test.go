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
	linker := func() (string, error) {
		return "2 libs found\n\tlibonnxruntime.so.1.2 (libc6) => /not/this\n\tlibonnxruntime.so.1 (libc6,x86-64) => " + byLinker + "\n", nil
	}
	conda, inConda := environment(t, "lib/python3.12/site-packages", "9.9.9")
	venv, inVenv := environment(t, "lib/python3.11/site-packages", "9.9.9")
	own, inOwn := environment(t, "lib/python3.13/site-packages", "9.9.9")
	folder := t.TempDir()
	inFolder := filepath.Join(folder, "lib", "libonnxruntime.so.9.9.9")
	brewed := filepath.Join(t.TempDir(), "libonnxruntime.so")
	for _, path := range []string{inFolder, brewed} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	_, inPython := environment(t, "site-packages", "9.9.9")
	program := func() (string, error) { return filepath.Join(own, "bin", "acdeploy"), nil }
	python := func() (string, error) { return filepath.Dir(filepath.Dir(inPython)), nil }
	// Every place has a library. One after the other is taken away, first the one that goes before the others.
	req := Request{Flag: byFlag, Config: byConfig, Program: program, Python: python, Homebrew: []string{filepath.Dir(brewed)}, Ldconfig: linker}
	given := map[string]string{
		"ACDEPLOY_ORT_LIB": byEnv, "ORT_DYLIB_PATH": byDylib, "ORT_LIB_LOCATION": folder, "VIRTUAL_ENV": venv, "CONDA_PREFIX": conda,
	}
	req.Getenv = func(name string) string { return given[name] }
	none := func() (string, error) { return "", nil }
	store := full
	for k, want := range []struct {
		path, source, version string
		takeAway              func()
	}{
		{byFlag, "--ort-lib", "", func() { req.Flag = "" }},
		{byEnv, "ACDEPLOY_ORT_LIB", "", func() { delete(given, "ACDEPLOY_ORT_LIB") }},
		{byConfig, "runtime.library", "", func() { req.Config = "" }},
		{byDylib, "ORT_DYLIB_PATH", "", func() { delete(given, "ORT_DYLIB_PATH") }},
		{inFolder, "ORT_LIB_LOCATION", "9.9.9", func() { delete(given, "ORT_LIB_LOCATION") }},
		{inVenv, "VIRTUAL_ENV", "9.9.9", func() { delete(given, "VIRTUAL_ENV") }},
		{inConda, "CONDA_PREFIX", "9.9.9", func() { delete(given, "CONDA_PREFIX") }},
		{inOwn, "own environment", "9.9.9", func() { req.Program = none }},
		{cached, "cache", "9.9.9", func() { store = empty }},
		{inPython, "python", "9.9.9", func() { req.Python = none }},
		{brewed, "homebrew", "", func() { req.Homebrew = []string{} }},
		{byLinker, "ldconfig", "", func() { req.Ldconfig = none }},
	} {
		got, err := store.Resolve(req)
		if err != nil || got.Path != want.path || got.Source != want.source || got.Version != want.version {
			t.Errorf("place %d: found %+v, %v; want %s by %s", k, got, err, want.path, want.source)
		}
		if len(got.Passed) != k || k > 0 && got.Passed[k-1].Reason == "" {
			t.Errorf("place %d: %d places come before it: %+v", k, len(got.Passed), got.Passed)
		}
		want.takeAway()
	}
	if found, err := store.Resolve(req); err == nil {
		t.Errorf("found %+v where nothing is", found)
	}
}

func TestFoundWay(t *testing.T) {
	f := Found{Path: "/lib", Source: "cache"}
	if got := f.Way(); got != "found by cache" {
		t.Error(got)
	}
	f.Passed = []Attempt{{"--ort-lib", "not given"}, {"python", "not on this system"}}
	if got := f.Way(); got != "found by cache; before it: --ort-lib: not given; python: not on this system" {
		t.Error(got)
	}
	for source, want := range map[string]string{
		"cache": "run: " + InstallCommand, "python": "run: " + InstallCommand, "ldconfig": "run: " + InstallCommand,
		"VIRTUAL_ENV": "reinstall the package onnxruntime of that environment, or name another library with --ort-lib",
		"--ort-lib":   "correct --ort-lib, or unset it", "ORT_LIB_LOCATION": "correct ORT_LIB_LOCATION, or unset it",
	} {
		if got := (Found{Source: source}).Remedy(); got != want {
			t.Errorf("%s: %s", source, got)
		}
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

func TestResolveErrorListsEveryPlace(t *testing.T) {
	dir := t.TempDir()
	_, err := Store{Dir: dir, OS: "linux", Arch: "amd64"}.Resolve(nowhere())
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
