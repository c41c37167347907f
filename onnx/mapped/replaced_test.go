package mapped_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// filled is a model of 4096 equal weights in a data file, in a folder of its own.
func filled(t *testing.T, value byte) *mapped.File {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), bytes.Repeat([]byte{value}, 4*4096))
	return open(t, write(t, filepath.Join(dir, fmt.Sprintf("m%d.onnx", value)), bytes.Replace(add(t, 4096, "w.bin"), []byte("\x01g"), fmt.Appendf(nil, "\x01%c", 'a'+value), 1)))
}

// wholeValue is the weight of a model that must be one of [filled]: graph and weights of the same.
func wholeValue(path string) (byte, error) {
	f, err := mapped.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	raw, err := f.Model.Graph.Lookup("w").Data().Bytes()
	if err != nil {
		return 0, err
	}
	if want := string('a' + rune(raw[0])); f.Model.Graph.Name != want || len(bytes.Trim(raw, string(raw[:1]))) > 0 {
		return 0, fmt.Errorf("the graph is %q and has the weights of %q", f.Model.Graph.Name, want)
	}
	return raw[0], nil
}

func ls(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func save(t *testing.T, path string, f *mapped.File, o mapped.Options) mapped.Saved {
	t.Helper()
	o.Source = f
	saved, err := mapped.Save(t.Context(), path, f.Model, o)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// Many write one name at the same time, and some read it: there is always one whole model, and in the end nothing else.
func TestReliability1OneNameManyWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.onnx")
	sources := []*mapped.File{filled(t, 1), filled(t, 2), filled(t, 3), filled(t, 4)}
	save(t, path, sources[0], mapped.Options{})
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := wholeValue(path); err != nil {
					t.Errorf("read meanwhile: %v", err)
					return
				}
			}
		})
	}
	for _, source := range sources {
		writers.Go(func() {
			for range 40 {
				_, err := mapped.Save(t.Context(), path, source.Model, mapped.Options{Source: source})
				if err != nil && !strings.HasSuffix(err.Error(), "another acdeploy is writing it; wait for it, or name another file") {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	t.Attr("tried", strconv.Itoa(40*len(sources)))
	close(done)
	readers.Wait()
	if _, err := wholeValue(path); err != nil {
		t.Error(err)
	}
	if left := ls(t, dir); len(left) != 2 {
		t.Errorf("files: %v", left)
	}
}

// Before each operation of a writer, which is where a kill may come, and where others may read or write, there is the old
// model or the new one, whole, and nobody else gets the name.
func TestReliability1BetweenOperations(t *testing.T) {
	a, b := filled(t, 1), filled(t, 2)
	path := filepath.Join(t.TempDir(), "out.onnx")
	save(t, path, a, mapped.Options{})
	count := 0
	ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, _ string) error {
		count++
		if value, err := wholeValue(path); value != 1 || err != nil {
			t.Errorf("before operation %d (%s): the weights of %d, %v", count, op, value, err)
		}
		if _, err := mapped.Save(t.Context(), path, a.Model, mapped.Options{Source: a}); err == nil || !strings.Contains(err.Error(), "another acdeploy is writing it") {
			t.Errorf("before operation %d (%s): somebody else writes, error %v", count, op, err)
		}
		return nil
	})
	if _, err := mapped.Save(ctx, path, b.Model, mapped.Options{Source: b}); err != nil {
		t.Fatal(err)
	}
	if value, err := wholeValue(path); value != 2 || err != nil || count < 8 {
		t.Errorf("after %d operations: the weights of %d, %v", count, value, err)
	}
	t.Attr("tried", strconv.Itoa(count))
}

// Whichever operation fails, there is the old model or the new one, whole, and nothing besides.
func TestReliability1EveryOperationFails(t *testing.T) {
	a, b := filled(t, 1), filled(t, 2)
	tried := 0
	defer func() { t.Attr("tried", strconv.Itoa(tried)) }()
	for _, o := range []mapped.Options{{Source: b}, {Source: b, DataName: "weights.bin"}} {
		for n, failed := 1, true; failed; n++ {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.onnx")
			save(t, path, a, mapped.Options{DataName: o.DataName})
			broken, count := errors.New("broken"), 0
			ctx := osfile.WithFaults(t.Context(), func(osfile.Op, string) error {
				if count++; count == n {
					return broken
				}
				return nil
			})
			_, err := mapped.Save(ctx, path, b.Model, o)
			if failed = count >= n; failed {
				tried++
			}
			value, unreadable := wholeValue(path)
			if want := map[bool]byte{true: 1, false: 2}[err != nil]; unreadable != nil || value != want {
				t.Errorf("operation %d of %+v failed (%v): the weights are those of %d, want %d: %v", n, o.DataName, err, value, want, unreadable)
			}
			if failed && !errors.Is(err, broken) {
				t.Errorf("operation %d: error %v", n, err)
			}
			if left := ls(t, dir); len(left) != 2 {
				t.Errorf("operation %d: files %v", n, left)
			}
			if n > 100 {
				t.Fatal("it never ends")
			}
		}
	}
}

// The data of the model that is replaced goes, but not what somebody else has.
func TestReliability1OnlyReplacedDataGoes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.onnx")
	first := save(t, path, filled(t, 1), mapped.Options{})
	foreign := write(t, path+".0000000000000000.data", nil)
	copied := filepath.Join(dir, "copy.onnx")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, copied, text)
	second := save(t, path, filled(t, 2), mapped.Options{})
	if value, err := wholeValue(copied); value != 1 || err != nil {
		t.Errorf("the copy has the weights of %d: %v", value, err)
	}
	third := save(t, path, filled(t, 3), mapped.Options{})
	want := []string{filepath.Base(copied), filepath.Base(path), filepath.Base(foreign), filepath.Base(first.Data[0].Path), filepath.Base(third.Data[0].Path)}
	slices.Sort(want)
	if left := ls(t, dir); !slices.Equal(left, want) {
		t.Errorf("files %v, want %v (the second was %s)", left, want, second.Data[0].Path)
	}
	// A model that replaces the one whose data it reads takes them along, whatever the names are.
	again, err := mapped.Open(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	moved := filepath.Join(dir, "moved")
	if err := os.Rename(copied, moved); err != nil {
		t.Fatal(err)
	}
	save(t, path, again, mapped.Options{})
	if value, err := wholeValue(moved); value != 1 || err != nil {
		t.Errorf("the source has the weights of %d: %v", value, err)
	}
	if err := mapped.Remove(path, nil); err != nil {
		t.Fatal(err)
	}
	if err := mapped.Remove(path, nil); err != nil {
		t.Error(err)
	}
	if left := ls(t, dir); slices.Contains(left, "out.onnx") || !slices.Contains(left, filepath.Base(foreign)) {
		t.Errorf("files %v", left)
	}
}

// A data file that somebody else wrote, under a name of their own, stays when the model that refers to it is replaced.
func TestReliability1ForeignDataStays(t *testing.T) {
	f := filled(t, 1)
	save(t, f.Path+"2", f, mapped.Options{})
	other := filled(t, 2)
	save(t, f.Path, other, mapped.Options{})
	if left := ls(t, filepath.Dir(f.Path)); !slices.Contains(left, "w.bin") {
		t.Errorf("files %v", left)
	}
}

func TestFixedDataNames(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.onnx")
	f := filled(t, 1)
	for _, name := range []string{"weights.bin", "weights.bin", "other"} {
		if saved := save(t, path, f, mapped.Options{DataName: name}); saved.Data[0].Path != filepath.Join(dir, name) {
			t.Errorf("%s: written to %s", name, saved.Data[0].Path)
		}
		if value, err := wholeValue(path); value != 1 || err != nil {
			t.Errorf("%s: the weights of %d: %v", name, value, err)
		}
	}
	before := ls(t, dir)
	for _, name := range []string{"out.onnx", "../weights.bin", "sub/weights.bin", "/weights.bin", "..", "."} {
		_, err := mapped.Save(t.Context(), path, f.Model, mapped.Options{Source: f, DataName: name})
		if err == nil || !strings.Contains(err.Error(), "without a folder, other than the model's") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := ls(t, dir); !slices.Equal(before, after) {
		t.Errorf("files %v, before %v", after, before)
	}
}

// A model keeps the permissions that the one it replaces had; its data gets the same.
func TestReliability11ModelKeepsTheMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.onnx")
	save(t, path, filled(t, 1), mapped.Options{})
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	saved := save(t, path, filled(t, 2), mapped.Options{})
	for _, p := range []string{path, saved.Data[0].Path} {
		if info, err := os.Stat(p); err != nil || info.Mode() != 0o640 || len(saved.Notes) > 0 {
			t.Errorf("%s: %v, %v, notes %q", p, info.Mode(), err, saved.Notes)
		}
	}
	ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, _ string) error {
		if op == osfile.OpChmod {
			return errors.New("not here")
		}
		return nil
	})
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	f := filled(t, 3)
	saved, err := mapped.Save(ctx, path, f.Model, mapped.Options{Source: f})
	if err != nil || len(saved.Notes) != 1 || !strings.Contains(saved.Notes[0], "does not have the permissions") {
		t.Errorf("notes %q, error %v", saved.Notes, err)
	}
	if value, err := wholeValue(path); value != 3 || err != nil {
		t.Errorf("the weights of %d: %v", value, err)
	}
}
