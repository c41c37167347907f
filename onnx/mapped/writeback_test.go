package mapped

import (
	"bytes"
	"os"
	"path/filepath"
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
	w.stop()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes, want %d (%v)", len(got), len(want), err)
	}
	closed := startWriteback(f)
	closed.upTo(1)
	closed.stop()
}
