package mutant_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/mutant"
)

// files are models of exporters.
func files(t *testing.T) (raws [][]byte, parsed []mutant.File) {
	t.Helper()
	paths, err := filepath.Glob("../../passes/testdata/exporters/*.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, ok := mutant.Parse(raw)
		if !ok {
			t.Fatalf("%s is no model", path)
		}
		raws, parsed = append(raws, raw), append(parsed, f)
	}
	return raws, parsed
}

// TestParse puts together what it took apart, byte by byte.
func TestParse(t *testing.T) {
	raws, parsed := files(t)
	for k, f := range parsed {
		if !bytes.Equal(f.Bytes(), raws[k]) {
			t.Errorf("file %d has other bytes", k)
		}
	}
	for _, raw := range []string{"\x3a\x05ab", "\xff", "\x3a\x01\xff"} {
		if _, ok := mutant.Parse([]byte(raw)); ok {
			t.Errorf("%q is no model", raw)
		}
	}
}

// TestStructured changes the file, again and again in the same way, and leaves the original as it is.
func TestStructured(t *testing.T) {
	raws, parsed := files(t)
	seen := map[string]bool{}
	for k := range 400 {
		from := k % len(parsed)
		draw := func() []byte {
			return parsed[from].Structured(rand.New(rand.NewPCG(1, uint64(k))), parsed, 1+k%3).Bytes()
		}
		made := draw()
		if !bytes.Equal(made, draw()) {
			t.Errorf("mutant %d is another one the second time", k)
		}
		if !bytes.Equal(parsed[from].Bytes(), raws[from]) {
			t.Fatalf("mutant %d changed the original", k)
		}
		if !bytes.Equal(made, raws[from]) {
			seen[string(made)] = true
		}
	}
	if len(seen) < 360 {
		t.Errorf("400 draws gave %d different mutants", len(seen))
	}
}
