package mapped_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// layered opens a model with so many weights of 4 kB beside its own. Each has its number and a value in it; those of the same
// number modulo 4 are the same.
func layered(t *testing.T, count int, value float32) *mapped.File {
	t.Helper()
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	for i := range count {
		raw := make([]float32, 1024)
		raw[i%4], raw[1023] = 1, value
		f.Model.Graph.NewInitializer(fmt.Sprint("l", i), tensor.Of[float32]([]int64{1024}, raw...))
	}
	return f
}

// sameLayers reports the first weight that is another one than in the model, or is not there.
func sameLayers(t *testing.T, path string, want *mapped.File) {
	t.Helper()
	got := open(t, path)
	for w := range want.Model.Graph.Initializers() {
		v := got.Model.Graph.Lookup(w.Name())
		if v == nil {
			t.Fatalf("%s has no %s", path, w.Name())
		}
		a, errA := w.Data().Bytes()
		b, errB := v.Data().Bytes()
		if err := errors.Join(errA, errB); err != nil || !bytes.Equal(a, b) {
			t.Fatalf("%s: %s is another one, %v", path, w.Name(), err)
		}
	}
}

// TestShards divides the data: each file has the size or less, no tensor is split, the names are those of the content, the
// digests those of the files that are read, and the data of the model that is replaced goes.
func TestShards(t *testing.T) {
	for _, test := range []struct {
		shard       int64
		files, size int // at most
	}{{0, 1, 1 << 20}, {1 << 20, 1, 1 << 20}, {8 << 10, 5, 8 << 10}, {8<<10 + 4095, 5, 8<<10 + 4095}, {1, 6, 4096}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out.onnx")
		save(t, path, layered(t, 9, 2), mapped.Options{Weights: mapped.External, Shard: 4096})
		f := layered(t, 9, 3)
		saved := save(t, path, f, mapped.Options{Weights: mapped.External, Shard: test.shard})
		sameLayers(t, path, f)
		if len(saved.Data) > test.files || test.files > 1 && len(saved.Data) < 3 {
			t.Errorf("shards of %d: %d files", test.shard, len(saved.Data))
		}
		for _, d := range saved.Data {
			if d.Bytes > int64(test.size) || d.Path != path+"."+d.SHA256[:16]+".data" || d.SHA256 != digest(t, d.Path) {
				t.Errorf("shards of %d: %+v", test.shard, d)
			}
		}
		if got, err := open(t, path).Digests(t.Context()); err != nil || !slices.Equal(got, saved.Digests()) {
			t.Errorf("shards of %d: digests %v, told %v, error %v", test.shard, got, saved.Digests(), err)
		}
		if left := ls(t, dir); len(left) != len(saved.Data)+1 {
			t.Errorf("shards of %d: %v", test.shard, left)
		}
	}
}

// TestShardsUnderAnotherName gives a staged model that has shards the other name that it can have.
func TestShardsUnderAnotherName(t *testing.T) {
	dir := t.TempDir()
	f := layered(t, 6, 1)
	s, err := mapped.Stage(t.Context(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{Weights: mapped.External, Shard: 4096})
	if err != nil {
		t.Fatal(err)
	}
	sameLayers(t, s.Path(), f)
	other := filepath.Join(dir, "other.onnx")
	saved, err := s.CommitAs(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	sameLayers(t, other, f)
	if left := ls(t, dir); len(left) != len(saved.Data)+1 || !strings.HasPrefix(left[0], "other.onnx") {
		t.Errorf("files %v", left)
	}
}

// TestShardsTakeNoFixedName refuses one name for several files, and leaves nothing.
func TestShardsTakeNoFixedName(t *testing.T) {
	dir := t.TempDir()
	_, err := mapped.Save(t.Context(), filepath.Join(dir, "out.onnx"), layered(t, 6, 1).Model, mapped.Options{Weights: mapped.External, Shard: 8192, DataName: "w.bin"})
	if err == nil || !strings.Contains(err.Error(), `there are 4 data files, and "w.bin" names one`) {
		t.Errorf("got %v", err)
	}
	isEmpty(t, dir)
}

// TestShardsAreWholeOrAbsent has the disk fill at every operation, one after the other, with a model in its place and
// without: it is the old one or the new one, whole, and nothing else lies there.
func TestShardsAreWholeOrAbsent(t *testing.T) {
	before, after := layered(t, 6, 1), layered(t, 6, 2)
	o := mapped.Options{Weights: mapped.External, Shard: 4096}
	for _, replaced := range []bool{false, true} {
		ended := false
		for at := 0; !ended; at++ {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.onnx")
			if replaced {
				save(t, path, before, o)
			}
			had := ls(t, dir)
			asked, failed := 0, ""
			ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, name string) error {
				asked++
				if asked == at+1 && op != osfile.OpChmod && op != osfile.OpMap {
					failed = fmt.Sprint(op, " ", filepath.Base(name))
					return &os.PathError{Op: string(op), Path: name, Err: syscall.ENOSPC}
				}
				return nil
			})
			_, err := mapped.Save(ctx, path, after.Model, o)
			ended = asked <= at
			switch {
			case failed == "":
				if err != nil {
					t.Fatal(err)
				}
				sameLayers(t, path, after)
			case !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "\n"):
				t.Errorf("%s: %v", failed, err)
			case !slices.Equal(had, ls(t, dir)):
				t.Errorf("%s: there was %v, and is %v", failed, had, ls(t, dir))
			case replaced:
				sameLayers(t, path, before)
			}
		}
	}
}

// TestWrittenIsTold tells of all files together, and never of more than there is.
func TestWrittenIsTold(t *testing.T) {
	f := layered(t, 0, 0)
	for i := range 3 {
		f.Model.Graph.NewInitializer(fmt.Sprint("l", i), tensor.Of[float32]([]int64{1 << 22}, make([]float32, 1<<22)...))
	}
	var told []int64
	size := int64(0)
	save(t, filepath.Join(t.TempDir(), "out.onnx"), f, mapped.Options{
		Weights: mapped.External, Shard: 1 << 24,
		Written: func(done, total int64) { told, size = append(told, done), total },
	})
	if len(told) < 6 || !slices.IsSorted(told) || told[0] > 10<<20 || told[len(told)-1] < 40<<20 || told[len(told)-1] > size || size < 48<<20 || size > 49<<20 {
		t.Errorf("told %v of %d", told, size)
	}
}
