package docs_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/npztest"
)

// TestTorch runs the commands of the page for users of PyTorch. In the place of its snippets of Python it has what they write, as
// python/tests/committed.py has exported it. make torch-test runs the snippets, too.
func TestTorch(t *testing.T) {
	// A measurement that shows nothing, but soon, and where no engine has to be.
	t.Setenv("ACDEPLOY_BENCH_BACKENDS", "[reference]")
	t.Setenv("ACDEPLOY_BENCH_DURATION", "1s")
	t.Setenv("ACDEPLOY_BENCH_UNITS", "2")
	t.Setenv("ACDEPLOY_GATES_LATENCY_REQUIRE", "nothing")
	w := newWalk(t)
	pixels := make([]float32, 4*3*32*32)
	for k := range pixels {
		pixels[k] = float32(k * k % 251)
	}
	samples := npztest.File(t, map[string][]byte{
		"images": npztest.Of([]int64{4, 3, 32, 32}, pixels...),
		"labels": npztest.Of([]int64{4}, []int64{0, 1, 2, 3}...),
	})
	w.file("images.npz", read(t, samples))
	for part := range strings.SplitSeq(read(t, "torch.md"), "\n## ") {
		heading, text, _ := strings.Cut(part, "\n")
		if heading == "In one call" { // pip, and Python
			continue
		}
		switch heading {
		case "Step by step":
			w.file("acnet.onnx", read(t, "testdata/torch/fixed.onnx"))
		case "Open dimensions":
			w.file("acnet.onnx", read(t, "testdata/torch/open.onnx"))
		}
		for _, m := range block.FindAllStringSubmatch(text, -1) {
			if m[2] == "sh" {
				w.run(m[3])
			}
		}
	}
	said := strings.Join(w.said, "")
	if got := strings.Count(said, "Equal in exact arithmetic"); got != 3 {
		t.Errorf("%d of three verifications prove the algebra:\n%s", got, said)
	}
	for _, words := range []string{"Conv 9 → 3", "baseline.onnx was made by acdeploy plain"} {
		if !strings.Contains(said, words) {
			t.Errorf("no command says %q:\n%s", words, said)
		}
	}
}
