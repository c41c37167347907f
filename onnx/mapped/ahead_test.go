package mapped

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// TestReadAhead leaves the bytes of a file as they are: also of one that lies in memory, of one without bytes, and of one that has become
// shorter.
func TestReadAhead(t *testing.T) {
	for name, size := range map[string]int{"empty": 0, "byte": 1, "pieces": 2*releaseSize + 4097} {
		want := bytes.Repeat([]byte{7}, size)
		c := contentOf(t, want)
		c.readAhead()
		if !bytes.Equal(c.bytes, want) {
			t.Errorf("%s: the bytes are others", name)
		}
		(&content{bytes: want}).readAhead()
		if err := os.Truncate(c.path, 0); err != nil {
			t.Fatal(err)
		}
		c.readAhead() // and does not fault
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
