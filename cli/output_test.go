package cli_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// full is a disk that has room for so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
	}
	*f -= full(len(p))
	return len(p), nil
}

// A result that could not be written is a failure, of every command, from its first line to its last.
func TestFullDisk(t *testing.T) {
	const model = "../examples/cifar_quick/acnet.onnx"
	for _, room := range []full{0, 100} {
		for _, args := range [][]string{
			{"inspect", model},
			{"inspect", model, "--json"},
			{"inspect", model, "--text"},
			{"fuse", model, "--dry-run"},
			{"fuse", model, "-o", filepath.Join(t.TempDir(), "a-fused-model-with-a-long-name-beyond-the-room.onnx")},
			{"verify", model, model, "--backend", "reference"},
			{"doctor"},
			{"config", "schema"},
			{"config", "show"},
			{"passes"},
			{"zoo", "list"},
			{"--help"},
			{"fuse", "--help"},
		} {
			t.Run(strings.Join(args, " "), func(t *testing.T) {
				var said strings.Builder
				left := room
				code := cli.Run(t.Context(), &left, &said, args, toolbox())
				if text := withoutStages(said.String()); code != cli.ExitFailed || text != "acdeploy: write to standard output: no space left on device\n" {
					t.Errorf("exit code %d, %q", code, text)
				}
			})
		}
	}
}
