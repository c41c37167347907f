package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/configs"
)

// helpCommands are the commands with a help text.
var helpCommands = []string{
	"", "backends", "bench", "bisect", "compare", "completion", "config", "config show", "config schema", "diff", "doctor", "extract", "fetch", "fuse", "init", "inspect", "new", "new backend",
	"new pass", "passes", "plain", "publish", "reduce", "release", "release verify", "report", "run", "runtime", "runtime install", "runtime list", "runtime remove", "verify", "zoo",
}

// goldenCommands print the same on every machine. They run in this order in one folder, without an
// engine's library.
var goldenCommands = []string{
	"passes",
	"zoo list",
	"zoo cifar_quick --branched -o net.onnx",
	"zoo cifar_quick -o plain.onnx",
	"zoo dbb_folded --branched -o dbb.onnx",
	"zoo nowhere -o nowhere.onnx",
	"inspect net.onnx",
	"inspect dbb.onnx",
	"inspect examples/resnet20/acnet.onnx",
	"inspect examples/resnet20/acnet.onnx --json",
	"fuse net.onnx -o fused.onnx -v",
	"fuse net.onnx -o fused.onnx --json",
	"fuse dbb.onnx -o dbb-fused.onnx -v",
	"fuse fused.onnx -o again.onnx",
	"fuse net.onnx --dry-run",
	"plain net.onnx -o made.onnx",
	"plain dbb.onnx -o made-dbb.onnx --json",
	"plain net.onnx -o net.onnx",
	"plain net.onnx",
	"fuse net.onnx -o limited.onnx --max-rewrites 3 --disable fold_pad",
	"fuse net.onnx -o net.onnx",
	"fuse net.onnx",
	"fuse nowhere.onnx -o x.onnx",
	"fuse cut.onnx -o x.onnx",
	"fuse net.onnx -o x.onnx --disable fold_batchnom",
	"fuse net.onnx -o absent/x.onnx",
	"verify net.onnx fused.onnx",
	"verify net.onnx fused.onnx --json",
	"verify net.onnx other.onnx",
	"verify net.onnx plain.onnx",
	"verify net.onnx dbb.onnx",
	"bench plain.onnx fused.onnx --backend nothing",
	"bench plain.onnx fused.onnx --units 0",
	"config schema",
	"config show",
	"config show configs/full.yaml",
	"config show faulty.yaml",
	"run faulty.yaml",
	"report golden.json",
	"report golden.json --format markdown",
	"report golden.json --format nothing",
	"report absent.json",
	"compare golden.json golden.json",
	"compare golden.json golden.json --json",
	"inspect",
	"nothing",
	"fuse --nothing",
}

// TestGoldenText pins what the commands print and their exit codes.
func TestGoldenText(t *testing.T) {
	root := goldenFolder(t)
	var text strings.Builder
	for _, c := range helpCommands {
		record(&text, strings.Fields(c+" --help")...)
	}
	tools := toolbox()
	for _, p := range tools.Passes {
		record(&text, "passes", p.Name)
	}
	for _, b := range tools.Backends {
		record(&text, "backends", b.Name)
	}
	for _, c := range goldenCommands {
		record(&text, strings.Fields(c)...)
	}
	compareGolden(t, filepath.Join(root, "cli", "testdata", "text.golden"), text.String())
}

// TestGoldenKeys pins the keys of each document, those of measurements included.
func TestGoldenKeys(t *testing.T) {
	root := goldenFolder(t)
	var text strings.Builder
	measured := " --backend reference --units 2 --duration 300ms --require nothing"
	for _, c := range []string{
		"zoo cifar_quick --branched -o net.onnx",
		"zoo cifar_quick -o plain.onnx",
		"fuse net.onnx -o fused.onnx --json",
		"inspect net.onnx --json",
		"diff net.onnx fused.onnx --json", "extract net.onnx --to conv1/Relu_output -o part.onnx --json",
		"plain net.onnx -o made.onnx --json",
		"verify net.onnx fused.onnx --data examples/digits.npz --json",
		"passes --json", "passes fold_pad --json", "backends --json", "backends ort --json", "doctor --json", "zoo list --json",
		"bench plain.onnx fused.onnx --as-trained net.onnx --json" + measured,
		"run job.yaml --json --report first" + measured,
		"compare first/report.json first/report.json --json",
	} {
		var out, errs bytes.Buffer
		code := cli.Run(context.Background(), &out, &errs, strings.Fields(c), toolbox())
		fmt.Fprintf(&text, "$ acdeploy %s\n", c)
		if !strings.Contains(c, "--json") {
			continue
		}
		var document any
		if err := json.Unmarshal(out.Bytes(), &document); err != nil {
			t.Errorf("%s (exit code %d): %v\n%s", c, code, err, &errs)
			continue
		}
		found := map[string]bool{}
		keys(document, "", found)
		delete(found, ".host.process.env.ORT_DISABLE_TELEMETRY") // set once a test of this process has loaded ONNX Runtime
		delete(found, ".host.identity")                          // not every system has an identifier
		for _, k := range slices.Sorted(maps.Keys(found)) {
			fmt.Fprintln(&text, k)
		}
	}
	compareGolden(t, filepath.Join(root, "cli", "testdata", "keys.golden"), text.String())
}

// goldenFolder makes the current folder one that holds what the commands read, and returns that of the
// repository.
func goldenFolder(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"examples", "configs"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			t.Skipf("the repository cannot be linked to: %v", err)
		}
	}
	report, err := os.ReadFile(filepath.Join(root, "reports", "formats", "testdata", "pass.json"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile("../examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"golden.json": report,
		"other.onnx":  other,
		"cut.onnx":    other[:len(other)/2],
		"faulty.yaml": []byte("version: 1\nmodell: net.onnx\npasses:\n  - fold_batchnom\nbench:\n  units: none\n"),
		"job.yaml": []byte("version: 1\nmodel: net.onnx\nbaseline: plain.onnx\nreport: out\nbench:\n  backends: [ort]\n" +
			"  units: 2\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, name := range configs.Keys() {
		t.Setenv("ACDEPLOY_"+strings.ToUpper(strings.ReplaceAll(name, ".", "_")), "")
	}
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	t.Setenv("ACDEPLOY_RUNTIME_LIBRARY", "/absent.so") // named by a configuration, not outright
	t.Setenv("ACDEPLOY_TRTEXEC", "")
	t.Setenv("PATH", filepath.Join(t.TempDir(), "empty")) // without a trtexec
	t.Setenv("HOME", filepath.Join(dir, "home"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("COLUMNS", "")
	return root
}

// record appends a command, what it printed and its exit code.
func record(text *strings.Builder, args ...string) {
	var out, errs bytes.Buffer
	code := cli.Run(context.Background(), &out, &errs, args, toolbox())
	fmt.Fprintf(text, "$ acdeploy %s\n%s", strings.Join(args, " "), steady(out.String()))
	for line := range strings.Lines(withoutStages(errs.String())) {
		fmt.Fprint(text, "! "+steady(line))
	}
	fmt.Fprintf(text, "(exit code %d)\n\n", code)
}

// withoutStages drops the lines that tell of stages that have ended: they are shown or not, as the machine is slow
// or quick.
func withoutStages(said string) string {
	var kept strings.Builder
	for line := range strings.Lines(said) {
		word, _, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"load", "fuse", "verify", "bench", "report"}, word) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// steady takes out of a text what differs between machines and runs.
func steady(text string) string {
	dir, _ := os.Getwd()
	text = strings.ReplaceAll(text, dir, "DIR")
	for _, r := range [][2]string{
		{`"(nanoseconds|elapsed)": \d+`, `"$1": 0`},
		{` *\b\d+(\.\d+)? ?(ns|µs|ms|s)\b`, ` TIME`},
		{`\d{4}-\d\d-\d\dT[0-9:.]+Z`, `DATE`},
		{`report-\d+T\d+Z`, `report-DATE`},
	} {
		text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
	}
	return text
}

// keys notes the path of every key in a document; elements of lists share one, and what is keyed by a
// name of the model too.
func keys(v any, path string, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if strings.HasSuffix(path, "ops") || strings.HasSuffix(path, "libraries") {
				k = "*"
			}
			found[path+"."+k] = true
			keys(e, path+"."+k, found)
		}
	case []any:
		for _, e := range v {
			keys(e, path+"[]", found)
		}
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is stale; read the difference, then go test -run TestGolden -update:\n%s", filepath.Base(path), diff)
	}
}
