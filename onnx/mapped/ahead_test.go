package mapped

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestAhead reads what is in a file, as much as is asked for.
func TestAhead(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 5<<16)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, size := range []int{0, 1, 1000, len(want)} {
		if got, err := io.ReadAll(readingAhead(f, int64(size))); err != nil || !bytes.Equal(got, want[:size]) {
			t.Errorf("%d bytes of %d were read: %v", len(got), size, err)
		}
	}
}
