package osfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
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

func TestSyncFolder(t *testing.T) {
	if err := osfile.SyncFolder(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := osfile.SyncFolder(filepath.Join(t.TempDir(), "absent")); !os.IsNotExist(err) {
		t.Errorf("of no folder the error is %v", err)
	}
}

// A file keeps the permissions of the one that it replaces. If that fails, the file is there all the same, and a note
// says so.
func TestReliability11ReplaceKeepsTheMode(t *testing.T) {
	path := fileOf(t, "old")
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o604 {
		t.Skip("no such permissions here: ", err)
	}
	text := func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }
	if note, err := (osfile.Files{}).Replace(path, text); note != "" || err != nil {
		t.Errorf("note %q, error %v", note, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o604 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
	ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, _ string) error {
		if op == osfile.OpChmod {
			return errors.New("not here")
		}
		return nil
	})
	want := path + " does not have the permissions -rw----r-- of the file that it replaced: not here"
	if note, err := osfile.FilesOf(ctx).Replace(path, text); note != want || err != nil {
		t.Errorf("note %q, error %v", note, err)
	}
	if got, err := os.ReadFile(path); string(got) != "new" || err != nil {
		t.Errorf("it holds %q, %v", got, err)
	}
}

// Whatever fails, the old file is there and nothing else.
func TestReliability1ReplaceFailsWhole(t *testing.T) {
	faults := []osfile.Op{osfile.OpCreate, osfile.OpWrite, osfile.OpSync, osfile.OpRename}
	t.Attr("tried", strconv.Itoa(len(faults)))
	for _, bad := range faults {
		path, broken := fileOf(t, "old"), errors.New("broken")
		ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, _ string) error {
			if op == bad {
				return broken
			}
			return nil
		})
		_, err := osfile.FilesOf(ctx).Replace(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err })
		if !errors.Is(err, broken) {
			t.Errorf("%s: error %v", bad, err)
		}
		if text, err := os.ReadFile(path); string(text) != "old" || err != nil {
			t.Errorf("%s: the file holds %q, %v", bad, text, err)
		}
		if all, err := os.ReadDir(filepath.Dir(path)); len(all) != 1 || err != nil {
			t.Errorf("%s: the folder holds %v, %v", bad, all, err)
		}
	}
}
