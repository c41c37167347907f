package acdeploy_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
)

// stray panics in a goroutine of its own.
type stray struct{}

func (stray) Run(context.Context, *pipeline.Rewriter) error {
	done := make(chan bool)
	go func() { panic("nobody recovers this") }()
	<-done
	return nil
}

// TestPanicInAGoroutine ends the process with Go's own words. What stood under the name of the output stays, and nothing lies next to it.
func TestPanicInAGoroutine(t *testing.T) {
	if out := os.Getenv("ACDEPLOY_TEST_STRAY"); out != "" {
		source, err := model.Open("examples/cifar_quick/acnet.onnx")
		if err != nil {
			t.Fatal(err)
		}
		fused, err := acdeploy.Fuse(t.Context(), source, []pipeline.Step{{Name: "stray", Pass: stray{}}}, pipeline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fused.Save(t.Context(), out)
		return
	}
	out := filepath.Join(t.TempDir(), "out.onnx")
	write(t, out, "what was there before")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPanicInAGoroutine$")
	cmd.Env = append(os.Environ(), "ACDEPLOY_TEST_STRAY="+out)
	said, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if !errors.As(err, &failed) || failed.ExitCode() != 2 || !strings.Contains(string(said), "panic: nobody recovers this") {
		t.Errorf("it ended with %v: %s", err, said)
	}
	if left, err := os.ReadFile(out); err != nil || string(left) != "what was there before" || len(fileNames(t, filepath.Dir(out))) != 1 {
		t.Errorf("%q is left, %v, next to %q", left, err, fileNames(t, filepath.Dir(out)))
	}
}
