package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// largeModel is x ─ Relu ─ a ─ Mul ─ b ─ Relu ─ y in a folder, with a weight of so many bytes in a data file, most of which takes no room on
// the disk.
func largeModel(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	w := weight(size/4).bytes(13, message{}.text(1, "location").text(2, "w.bin")).bytes(13, message{}.text(1, "length").text(2, fmt.Sprint(size))).number(14, 1)
	g := body([]message{node("Relu", "x", "a"), node("Mul", "a w", "b"), node("Abs", "b", "y")}, w)
	path := filepath.Join(dir, "large.onnx")
	write(t, path, string(model(g)))
	data, err := os.Create(filepath.Join(dir, "w.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Truncate(size); err != nil {
		t.Skip("there is no room for the model:", err)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLargeModelsInSmallMemory cuts a part out of a model of more than 2 GB, and reduces a large one, in memory that is far less.
func TestLargeModelsInSmallMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes; -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much memory a program takes")
	}
	const most = 200 << 20
	path := largeModel(t, 2200<<20)
	took, said, ok := peak(t, "extract", path, "--to", "a", "-o", filepath.Join(t.TempDir(), "part.onnx"))
	if !ok || took > most || !strings.Contains(said, "1 of 3 nodes") {
		t.Errorf("extract took %d MB\n%s", took>>20, said)
	}
	path = largeModel(t, 320<<20)
	took, said, ok = peak(t, "reduce", path, "--check", "! grep -q Mul", "-o", filepath.Join(t.TempDir(), "small.onnx"))
	if !ok || took > most || !strings.Contains(said, "3 → 1 node, 83 886 080 → ") {
		t.Errorf("reduce took %d MB\n%s", took>>20, said)
	}
}
