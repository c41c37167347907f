package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// vast writes a model whose one weight has so many rows of 1,024 numbers in a data file, which is a hole in the disk. The model looks
// rows up in it.
func vast(t *testing.T, rows int64) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "w.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(4096 * rows); err != nil {
		t.Skip("no room for a large file: ", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	entry := message{}.text(1, "location").text(2, "w.bin")
	w := message{}.number(1, rows).number(1, 1024).number(2, 1).text(8, "w").bytes(13, entry).number(14, 1)
	g := message{}.text(2, "g").bytes(1, short("Gather", "w x", "y")).bytes(5, w)
	one := message{}.bytes(1, message{}.number(1, 1))
	g = g.bytes(11, message{}.text(1, "x").bytes(2, message{}.bytes(1, message{}.number(1, 7).bytes(2, one)))).bytes(12, value("y", 1, 1, 1024))
	path := filepath.Join(dir, "vast.onnx")
	if err := os.WriteFile(path, model(g), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInlineTooLarge refuses to write more than the format allows into one file, before anything is written.
func TestInlineTooLarge(t *testing.T) {
	path := vast(t, 1<<19) // of 4 kB each: 2 GiB
	out := filepath.Join(t.TempDir(), "out.onnx")
	var said, failed bytes.Buffer
	code := cli.Run(t.Context(), &said, &failed, []string{"fuse", path, "-o", out, "--inline"}, toolbox())
	if code != cli.ExitUsage || !strings.Contains(failed.String(), "the model is too large for one file: it would have 2147483") ||
		!strings.Contains(failed.String(), "let its weights go to a data file") || strings.Count(failed.String(), "\n") != 1 {
		t.Errorf("exit code %d: %s%s", code, &said, &failed)
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
