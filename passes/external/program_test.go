package external_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/pipeline"
)

// TestProgramIsFound names the program and each argument that is a file with its digest, relative to the folder of the configuration.
func TestProgramIsFound(t *testing.T) {
	dir := folder(t, "exit 10\n", nil)
	if err := os.WriteFile(filepath.Join(dir, "table.txt"), []byte("numbers"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := made(dir)
	p.Command = []string{"sh", "pass.sh", "table.txt", "absent.txt", "."}
	_, result, err := run(t.Context(), t, chain(t, ones(), "Relu"), p, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files := result.Passes[0].Program.Files
	if len(files) != 3 || !filepath.IsAbs(files[0].Path) || files[1].Path != "pass.sh" || files[2].Path != "table.txt" {
		t.Fatalf("got %+v", files)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte("numbers"))); files[2].SHA256 != want {
		t.Errorf("digest %s", files[2].SHA256)
	}
}

// TestProgramIsNotFound says what to do.
func TestProgramIsNotFound(t *testing.T) {
	for name, want := range map[string]string{
		"no-such-program-here": "find program no-such-program-here: it is in no folder of PATH; install it, or name its path",
		"./absent.sh":          "find program ./absent.sh: there is no such file; a path is relative to the folder of the configuration file",
		"./table.txt":          "find program ./table.txt: it is not executable; make it so with chmod +x, or name its interpreter first",
		"./folder":             "find program ./folder: it is a folder; name a program",
	} {
		dir := folder(t, "exit 10\n", nil)
		if err := os.WriteFile(filepath.Join(dir, "table.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
			t.Fatal(err)
		}
		p := made(dir)
		p.Command = []string{name}
		if _, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), p, pipeline.Options{}); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestProgramCannotStart is a script whose interpreter is not there.
func TestProgramCannotStart(t *testing.T) {
	dir := folder(t, "", nil)
	if err := os.WriteFile(filepath.Join(dir, "pass.sh"), []byte("#!/no/such/interpreter\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), made(dir), pipeline.Options{}); err == nil || !strings.Contains(err.Error(), "start ./pass.sh: no such file or directory") {
		t.Errorf("got %v", err)
	}
}
