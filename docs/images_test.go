package docs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends/ort/library"
)

// Both images of Containerfile are built, without a daemon, and run without rights: one proves in float64 only, the other runs ONNX
// Runtime as well.
func TestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds images; -short")
	}
	for _, tool := range []string{"bash", "buildah", "dpkg-deb", "apt-get"} {
		need(t, tool)
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to keep the owners of files")
	}
	found, err := library.Store{}.Resolve(library.Request{})
	if err != nil {
		t.Skip(err)
	}
	program := filepath.Join(t.TempDir(), "acdeploy")
	do(t, "go", "build", "-o", program, "../cmd/acdeploy")
	said, err := exec.Command("../.ci/images", program, found.Path).CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 75 {
		t.Skip("Debian's packages cannot be had here")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	_, plain, _ := strings.Cut(string(said), "acdeploy: ")
	plain, with, _ := strings.Cut(plain, "acdeploy-runtime: ")
	for image, text := range map[string]string{"acdeploy": plain, "acdeploy-runtime": with} {
		engine := "\nabsent  ort "
		if image == "acdeploy-runtime" {
			engine = "\nok      ort "
		}
		for _, want := range []string{"user 65532:65532\n", "\nacdeploy ", engine, "Equal in exact arithmetic"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", image, want, text)
			}
		}
	}
}
