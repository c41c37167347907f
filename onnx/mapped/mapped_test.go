package mapped_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// trainedModels are the trained networks that are next to the repository.
func trainedModels(tb testing.TB) []string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		found, _ := filepath.Glob(filepath.Join(dir, "shared", "models", "*", "*.onnx"))
		if len(found) > 0 {
			return found
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Skip("no shared/models above the repository")
		}
		dir = parent
	}
}

func digest(tb testing.TB, path string) string {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestTrainedModelsAreOpenedAndSaved(t *testing.T) {
	for _, path := range trainedModels(t) {
		f, err := mapped.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := f.Digests(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if want := digest(t, path); len(parts) != 1 || parts[0] != (osfile.Part{Name: mapped.MainPart, SHA256: want}) {
			t.Errorf("%s: digests %v, want %s", path, parts, want)
		}
		out := filepath.Join(t.TempDir(), "out.onnx")
		saved, err := mapped.Save(context.Background(), out, f.Model, mapped.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if saved.SHA256 != digest(t, out) || saved.Path != out || saved.Bytes != f.Size() || saved.Data != nil {
			t.Errorf("%s: saved as %+v", path, saved)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
