package osfile

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// A file that changed, also with its time set back, has another stamp.
func TestReliability8Stamp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write := func(path string) {
		if err := os.WriteFile(path, []byte("one"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stamp := func() Stamp {
		s, err := StampOf(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write(path)
	first := stamp()
	if again := stamp(); again != first {
		t.Errorf("it changes by itself: %+v, %+v", first, again)
	}
	if runtime.GOOS == "linux" && (first.Boot == "" || first.Inode == 0 || first.Changed == 0) {
		t.Errorf("it lacks what Linux knows: %+v", first)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	second := stamp()
	if second == first {
		t.Error("another time of change is not seen")
	}
	write(path + "2")
	if err := os.Chtimes(path+"2", old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	if third := stamp(); runtime.GOOS != "windows" && third == second {
		t.Error("another file of the same name, size and time is not seen")
	}
	if _, err := StampOf(path + "absent"); err == nil {
		t.Error("a file that is not there has a stamp")
	}
}
