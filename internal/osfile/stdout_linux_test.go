package osfile_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

const stdoutVariable = "OSFILE_TEST_STDOUT"

// What others print to standard output goes to standard error once it was taken.
func TestTakeStdout(t *testing.T) {
	if os.Getenv(stdoutVariable) != "" {
		own, err := osfile.TakeStdout()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("of a library")
		_, _ = fmt.Fprintln(own, "an answer")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTakeStdout$")
	cmd.Env = append(os.Environ(), stdoutVariable+"=1")
	var words strings.Builder
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(out), "an answer\n") || strings.Contains(string(out), "library") || !strings.Contains(words.String(), "of a library") {
		t.Errorf("standard output %q, standard error %q", out, words.String())
	}
}
