package passtest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGolden writes a file, compares with it, and says where another text differs.
func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "pass.golden")
	was := flag.Lookup("update").Value.String()
	t.Cleanup(func() { _ = flag.Set("update", was) })
	set := func(v string) {
		if err := flag.Set("update", v); err != nil {
			t.Fatal(err)
		}
	}
	set("false")
	if err := golden(path, "a\n"); err == nil || !strings.Contains(err.Error(), "write it with go test -update") {
		t.Errorf("without a file: %v", err)
	}
	set("true")
	if err := golden(path, "a\nb\n"); err != nil || !Updating() {
		t.Fatal(err)
	}
	set("false")
	if err := golden(path, "a\nb\n"); err != nil {
		t.Error(err)
	}
	for got, want := range map[string]string{
		"a\nc\n":    ":2 is\n\tb\nbut what comes of it is\n\tc\n",
		"a\nb\nc\n": ":3 is\n\t\nbut what comes of it is\n\tc\n",
		"a":         ":2 is\n\tb\nbut what comes of it is\n\t\n",
	} {
		if err := golden(path, got); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", got, err, want)
		}
	}
	if err := os.WriteFile(path, []byte("a\r\nb\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := golden(path, "a\nb\n"); err != nil {
		t.Errorf("as a checkout on Windows has it: %v", err)
	}
}
