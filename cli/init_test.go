package cli

import (
	"strings"
	"testing"
)

// TestOwnModels puts the user's files in the place of those of the repository.
func TestOwnModels(t *testing.T) {
	const text = "version: 1\nmodel: examples/a.onnx # x\nbaseline: examples/b.onnx\nverify:\n  data:\n    path: examples/d.npz\n"
	for name, test := range map[string]struct {
		model, baseline string
		want            []string
	}{
		"named":   {"my net.onnx", "plain.onnx", []string{`model: "my net.onnx" #`, `baseline: "plain.onnx" #`}},
		"unnamed": {"", "", []string{`model: "model.onnx" #`, "# baseline: baseline.onnx #"}},
	} {
		got := string(ownModels([]byte(text), test.model, test.baseline))
		for _, want := range append(test.want, "version: 1\n", `    path: "" #`) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, got)
			}
		}
		if strings.Contains(got, "examples/") {
			t.Errorf("%s: a file of the repository stays:\n%s", name, got)
		}
	}
}
