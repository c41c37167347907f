package mapped

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWriteback leaves a file as it was written, and ends also when the file is closed already.
func TestWriteback(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	w := startWriteback(f)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	for at := 0; at < len(want); at += 1 << 12 {
		if _, err := f.Write(want[at : at+1<<12]); err != nil {
			t.Fatal(err)
		}
		w.upTo(int64(at) + 1<<12)
	}
	if err := errors.Join(w.stop(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes, want %d (%v)", len(got), len(want), err)
	}
	closed := startWriteback(f)
	closed.upTo(1)
	if err := closed.stop(); err != nil {
		t.Error(err)
	}
}

// brokenDisk fails from a place on, and notes what it was asked.
type brokenDisk struct {
	from  int64
	asked *[]string
}

func (d brokenDisk) begin(at, size int64) {
	*d.asked = append(*d.asked, fmt.Sprintf("begin %d+%d", at, size))
}

func (d brokenDisk) await(at, size int64) error {
	*d.asked = append(*d.asked, fmt.Sprintf("await %d+%d", at, size))
	if at >= d.from {
		return fmt.Errorf("no disk at %d", at)
	}
	return nil
}

// TestWritebackSaysWhatTheDiskDidNotTake waits for a part when the disk has many more, and keeps the first error.
func TestWritebackSaysWhatTheDiskDidNotTake(t *testing.T) {
	var asked []string
	w := startWritebackBy(brokenDisk{from: 10, asked: &asked})
	for k := range int64(waiting + 2) {
		w.upTo(10 * (k + 1))
	}
	if err := w.stop(); err == nil || err.Error() != "no disk at 10" {
		t.Errorf("got %v", err)
	}
	var want []string
	for k := range waiting {
		want = append(want, fmt.Sprintf("begin %d+10", 10*k))
	}
	want = append(want, "await 0+10", fmt.Sprintf("begin %d+10", 10*waiting), "await 10+10", fmt.Sprintf("begin %d+10", 10*(waiting+1)), "await 20+10")
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}
