package osfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestReplace(t *testing.T) {
	path := fileOf(t, "old")
	write := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, failed := io.WriteString(w, text)
			if now, _ := os.ReadFile(path); string(now) != "old" {
				t.Errorf("while it is written, the file holds %q", now)
			}
			return errors.Join(failed, err)
		}
	}
	full := errors.New("full")
	if err := osfile.Replace(path, write("half", full)); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "old" || err != nil {
		t.Errorf("after an error the file holds %q, %v", text, err)
	}
	if err := osfile.Replace(path, write("new", nil)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); string(text) != "new" || err != nil {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if all, err := os.ReadDir(filepath.Dir(path)); len(all) != 1 || err != nil {
		t.Errorf("the folder holds %v, %v", all, err)
	}
}

func TestCreateTemp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.onnx")
	a, err := osfile.CreateTemp(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := osfile.CreateTemp(path)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name() == b.Name() || filepath.Dir(a.Name()) != filepath.Dir(path) {
		t.Errorf("made %s and %s", a.Name(), b.Name())
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	if _, err := osfile.CreateTemp(filepath.Join(path, "inside")); !os.IsNotExist(err) {
		t.Errorf("in no folder the error is %v", err)
	}
}

func TestSyncFolder(t *testing.T) {
	if err := osfile.SyncFolder(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := osfile.SyncFolder(filepath.Join(t.TempDir(), "absent")); !os.IsNotExist(err) {
		t.Errorf("of no folder the error is %v", err)
	}
}
