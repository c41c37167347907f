package cli_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestReliability11Quiet gives every command -q: nothing is printed but errors, and what is asked for with --json.
func TestReliability11Quiet(t *testing.T) {
	model, err := filepath.Abs(filepath.Join("..", "examples", "cifar_quick", "acnet.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("ACDEPLOY_MISSPELT", "1")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	tried := 0
	defer func() { t.Attr("tried", strconv.Itoa(tried)) }()
	for _, args := range [][]string{
		{"init"},
		{"config", "show"},
		{"config", "show", "--origin"},
		{"inspect", model},
		{"inspect", model, "--text"},
		{"fuse", model, "-o", "fused.onnx", "--explain"},
		{"fuse", model, "--dry-run", "-v"},
		{"verify", model, "fused.onnx", "--backend", "reference"},
		{"run", "--model", model, "--backend", "reference", "--require", "nothing", "--duration", "300ms", "--units", "2", "--report", "out"},
		{"report", "out"},
		{"report", "out", "--format", "markdown"},
		{"compare", "out", "out", "--require", "nothing"},
		{"passes"},
		{"passes", "fold_pad"},
		{"backends"},
		{"zoo"},
	} {
		for _, format := range []string{"text", "json"} {
			tried++
			var out, said strings.Builder
			code := cli.Run(t.Context(), &out, &said, append(args, "-q", "--log-format", format), toolbox())
			if args[0] == "init" && format == "json" {
				if code == 0 || !strings.Contains(said.String(), `"level":"ERROR"`) {
					t.Errorf("the file is there: %d, %s", code, said.String())
				}
				continue
			}
			if code != 0 || out.Len()+said.Len() > 0 {
				t.Errorf("acdeploy %s -q ends with %d and prints %q and %q", strings.Join(args, " "), code, out.String(), said.String())
			}
		}
	}
	var out, said strings.Builder
	if code := cli.Run(t.Context(), &out, &said, []string{"inspect", model, "--json", "-q"}, toolbox()); code != 0 || out.Len() == 0 || said.Len() > 0 {
		t.Errorf("a document is asked for: %d, %q, %q", code, out.String(), said.String())
	}
}
