//go:build unix

package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The name of a file need not be UTF-8: every command works with it.
func TestNameThatIsNotUTF8(t *testing.T) {
	dir := t.TempDir()
	model, err := os.ReadFile("../examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	trained, fused := filepath.Join(dir, "m\xff.onnx"), filepath.Join(dir, "f\xff.onnx")
	if err := os.WriteFile(trained, model, 0o600); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	acdeploy := program(t)
	for _, args := range [][]string{
		{"inspect", trained, "--json"},
		{"fuse", trained, "-o", fused, "--json"},
		{"verify", trained, fused, "--backend", "reference", "--json"},
		{"bench", trained, fused, "--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing", "--json"},
	} {
		out, err := exec.Command(acdeploy, args...).Output()
		if err != nil || !json.Valid(out) {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}
}
