package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/dims"
)

// The user's files are put in the place of those of the repository.
func TestFill(t *testing.T) {
	const text = "version: 1\nmodel: ../examples/a.onnx # x\nbaseline: ../examples/b.onnx\nreport: ../acdeploy-report # y\n" +
		"verify:\n  data:\n    path: ../examples/d.npz\nbench:\n  margin: 2%\n"
	for name, test := range map[string]struct {
		own  own
		want []string
	}{
		"named":   {own{model: "my net.onnx", baseline: "plain.onnx"}, []string{`model: "my net.onnx" #`, `baseline: "plain.onnx" #`, "bench:\n  margin: 2%\n"}},
		"unnamed": {own{}, []string{`model: "model.onnx" #`, "# baseline: baseline.onnx #"}},
		"open": {own{model: "m", gates: true, open: []dims.Open{{Name: "H", Usual: 224}, {Name: "x.3", Usual: 3}}}, []string{
			"bench:\n  shapes: [\"H=224\", \"x.3=3\"] #", "gates:\n  latency:\n    require: equivalent #",
		}},
	} {
		got := string(test.own.fill([]byte(text)))
		for _, want := range append(test.want, "version: 1\n", `    path: "" #`, "report: acdeploy-report # y\n") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, got)
			}
		}
		if strings.Contains(got, "../") {
			t.Errorf("%s: a file of the repository stays:\n%s", name, got)
		}
	}
}

func TestFillEveryOption(t *testing.T) {
	got := string(own{open: []dims.Open{{Name: "H", Usual: 224}}}.fill([]byte("  # sizes\n  shapes: []\n")))
	if !strings.Contains(got, "  # sizes\n  shapes: [\"H=224\"]") {
		t.Error(got)
	}
}

func TestSeenFrom(t *testing.T) {
	t.Chdir(t.TempDir())
	for path, want := range map[string]string{"": "", "m.onnx": "../m.onnx", "own/m.onnx": "m.onnx", filepath.FromSlash("/a/b.onnx"): filepath.FromSlash("/a/b.onnx")} {
		if got, err := seenFrom("own", path); err != nil || got != want {
			t.Errorf("%q is %q from there, %v", path, got, err)
		}
	}
}
