package mapped

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// TestReadAhead leaves the bytes of a file as they are: also of one that lies in memory, of one without bytes, and of one that has become
// shorter.
func TestReadAhead(t *testing.T) {
	for name, size := range map[string]int{"empty": 0, "byte": 1, "pieces": 2*aheadAtOnce + 4097} {
		want := bytes.Repeat([]byte{7}, size)
		c := contentOf(t, want)
		ahead(t, c)
		if !bytes.Equal(c.bytes, want) {
			t.Errorf("%s: the bytes are others", name)
		}
		ahead(t, &content{bytes: want})
		if err := os.Truncate(c.path, 0); err != nil {
			t.Fatal(err)
		}
		ahead(t, c) // and does not fault
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := contentOf(t, []byte{7}).readAhead(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

func ahead(t *testing.T, c *content) {
	t.Helper()
	if err := c.readAhead(t.Context()); err != nil {
		t.Error(err)
	}
}

// contentOf is a file that is open and mapped.
func contentOf(t *testing.T, data []byte) *content {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := load(osfile.Files{}, path, MainPart, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}
