package mapped

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// TestContains finds a text wherever it lies in a file that is looked at piece by piece.
func TestContains(t *testing.T) {
	text, blank := []byte("m.onnx.data"), make([]byte, 64)
	for at := range len(blank) - len(text) + 1 {
		c := content{bytes: slices.Concat(blank[:at], text, blank[at+len(text):])}
		for step := range len(blank) + 1 {
			if !c.contains(text, step+1) {
				t.Errorf("not found at %d in pieces of %d", at, step+1)
			}
		}
		if c.bytes[at+4]++; c.contains(text, 16) {
			t.Errorf("found another one at %d", at)
		}
	}
}
