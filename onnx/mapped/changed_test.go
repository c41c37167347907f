package mapped_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/onnx/mapped"
)

const changed = " changed while it was read; run this again when nobody writes to it"

// What is written in place to a file that is open is noticed at the latest when the model is to get its name, and nothing
// of it stays.
func TestReliability5ChangedInPlace(t *testing.T) {
	for name, change := range map[string]func(path string, f *os.File) error{
		"same_bytes": func(_ string, f *os.File) error { _, err := f.WriteAt([]byte{0}, 4096); return err },
		"longer":     func(path string, f *os.File) error { return os.Truncate(path, 1<<20) },
		"shorter":    func(path string, f *os.File) error { return os.Truncate(path, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			from := t.TempDir()
			data := write(t, filepath.Join(from, "w.bin"), weights(1<<14))
			f := open(t, write(t, filepath.Join(from, "m.onnx"), add(t, 1<<14, "w.bin")))
			dir := t.TempDir()
			s, err := mapped.Stage(t.Context(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{Source: f})
			if err != nil || f.Unchanged() != nil {
				t.Fatal(err, f.Unchanged())
			}
			file, err := os.OpenFile(data, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			if err := change(data, file); err != nil {
				t.Fatal(err)
			}
			if err := f.Unchanged(); err == nil || err.Error() != "the file "+data+changed {
				t.Errorf("got %v", err)
			}
			if _, err := f.Digests(t.Context()); err == nil {
				t.Error("its digest is known")
			}
			if _, err := s.Commit(); err == nil || !strings.HasSuffix(err.Error(), changed) {
				t.Errorf("commit: %v", err)
			}
			isEmpty(t, dir)
		})
	}
}

// A file that gets another name, or whose name gets another file, is still the one that was read.
func TestReliability5ReplacedIsNotChanged(t *testing.T) {
	dir := t.TempDir()
	f := open(t, write(t, filepath.Join(dir, "m.onnx"), add(t, 300, "")))
	if err := os.Rename(f.Path, f.Path+"2"); err != nil {
		t.Skip("a file that is open cannot be renamed here: ", err)
	}
	write(t, f.Path, []byte("another"))
	if err := f.Unchanged(); err != nil {
		t.Error(err)
	}
	if _, err := f.Digests(t.Context()); err != nil {
		t.Error(err)
	}
}

// A file whose last piece is lost while it is hashed, and is no multiple of what the hash takes at once, is an error and
// no panic.
func TestReliability5LostWhileItIsHashed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be truncated here")
	}
	from := t.TempDir()
	data := write(t, filepath.Join(from, "w.bin"), weights(1<<20+1))
	f := open(t, write(t, filepath.Join(from, "m.onnx"), add(t, 1<<20+1, "w.bin")))
	if err := os.Truncate(data, 1<<20); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err := mapped.Save(t.Context(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{Source: f})
	if err == nil || !strings.HasSuffix(err.Error(), "the file became shorter while it was being read") {
		t.Errorf("got %v", err)
	}
	isEmpty(t, dir)
}
