package docs_test

import (
	"strings"
	"testing"
)

// TestFindingABadRewrite does what the section on it says.
func TestFindingABadRewrite(t *testing.T) {
	w := newWalk(t)
	w.follow(section(t, read(t, "extending.md"), "Finding a bad rewrite"))
	said := strings.Join(w.said, "")
	for _, words := range []string{
		"3 blocks became one node each", "nothing is wrong", "breaks net.onnx\npass        fold_batchnorm\n", "wrote net.bisect.onnx",
		"wrote part.onnx", "→ 1 node, ", "MaxPool <",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("no command says %q:\n%s", words, said)
		}
	}
}
