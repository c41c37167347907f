package osfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// The digest of "abc", from FIPS 180-4.
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSHA256(t *testing.T) {
	if got, err := osfile.SHA256(fileOf(t, "abc")); got != abc || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := osfile.SHA256(filepath.Join(t.TempDir(), "absent")); got != "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no file it is %q, %v", got, err)
	}
	irregular := []string{t.TempDir()}
	if runtime.GOOS != "windows" {
		irregular = append(irregular, "/dev/zero")
	}
	for _, path := range irregular {
		if _, err := osfile.SHA256(path); err == nil || !strings.HasSuffix(err.Error(), "is not a regular file") {
			t.Errorf("%s: error is %v", path, err)
		}
	}
}

func TestSHA256Bytes(t *testing.T) {
	if got := osfile.SHA256Bytes([]byte("abc")); got != abc {
		t.Errorf("got %s", got)
	}
}

func TestSHA256Of(t *testing.T) {
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "ab")
		_, more := io.WriteString(w, "c")
		return errors.Join(err, more)
	}
	if got, err := osfile.SHA256Of(write); got != abc || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	full := errors.New("full")
	if got, err := osfile.SHA256Of(func(io.Writer) error { return full }); got != "" || !errors.Is(err, full) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSameBytes(t *testing.T) {
	path := fileOf(t, "abc")
	for text, want := range map[string]bool{"abc": true, "ab": false, "abd": false, "abcd": false, "": false} {
		got, err := osfile.SameBytes(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if got != want || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	full := errors.New("full")
	failing := func(w io.Writer) error { _, _ = io.WriteString(w, "abc"); return full }
	if got, err := osfile.SameBytes(path, failing); got || !errors.Is(err, full) {
		t.Errorf("got %v, %v of a write that failed", got, err)
	}
	if _, err := osfile.SameBytes(filepath.Join(t.TempDir(), "absent"), failing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no file the error is %v", err)
	}
}

func TestSHA256OfParts(t *testing.T) {
	lines := abc + "  model\n" + abc + "  data/w.bin\n"
	want := osfile.SHA256Bytes([]byte(lines))
	if got := osfile.SHA256OfParts(osfile.Part{Name: "model", SHA256: abc}, osfile.Part{Name: "data/w.bin", SHA256: abc}); got != want {
		t.Errorf("got %s, want that of %q", got, lines)
	}
}
