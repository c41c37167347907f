package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/acdeploy/acdeploy/cli"
)

// TestOneCauseHasOneExitCode in whatever command it is met.
func TestOneCauseHasOneExitCode(t *testing.T) {
	prepared(t)
	for _, cause := range []struct {
		name, says string
		code       int
		commands   []string
	}{
		{"a model that is not there", "no such file or directory", cli.ExitFailed, []string{
			"fuse no.onnx -o o.onnx", "inspect no.onnx", "verify no.onnx good.onnx", "verify good.onnx no.onnx", "run --model no.onnx",
			"run --model no.onnx --dry-run", "run --model good.onnx --baseline no.onnx --report r1",
			"bench no.onnx good.onnx --backend reference", "bench good.onnx no.onnx --backend reference", "bench good.onnx good.onnx --as-trained no.onnx --backend reference",
		}},
		{"a file that is no model", "not an ONNX model", cli.ExitFailed, []string{
			"fuse text -o o.onnx", "inspect text", "verify text good.onnx", "verify good.onnx text", "run --model text", "run --model text --dry-run",
			"run --model good.onnx --baseline text --report r2", "bench text good.onnx --backend reference", "bench good.onnx text --backend reference",
		}},
		{"a report that is not there", "no such file or directory", cli.ExitFailed, []string{
			"report no.json", "compare no.json pass.json", "compare pass.json no.json", "compare pass.json pass.json no.json", "gate no.json", "trend no",
			"report empty", "compare empty pass.json", "gate empty",
		}},
		{"a folder without a report", "", cli.ExitFailed, []string{"report empty", "compare empty pass.json", "gate empty", "trend empty"}},
		{"a file that is no report", "is not a report of acdeploy", cli.ExitFailed, []string{"report text", "compare text pass.json", "compare pass.json text", "gate text"}},
		{"a report without latencies", "no latencies", cli.ExitInvalid, []string{"compare bare.json pass.json --require nothing", "gate bare.json"}},
		{"a configuration that is not there", "no.yaml", cli.ExitUsage, []string{
			"run no.yaml", "gate pass.json no.yaml", "config show no.yaml", "fuse good.onnx -o o.onnx --config no.yaml", "verify good.onnx good.onnx --config no.yaml",
			"bench good.onnx good.onnx --config no.yaml",
		}},
		{"a flag that there is not", "unknown flag --nope", cli.ExitUsage, []string{
			"run --nope", "fuse --nope", "verify --nope", "bench --nope", "report --nope", "compare --nope", "trend --nope", "gate --nope", "inspect --nope",
			"passes --nope", "backends --nope", "doctor --nope", "init --nope", "zoo --nope", "config show --nope", "runtime install --nope", "runtime list --nope",
		}},
		{"an argument too few", "takes", cli.ExitUsage, []string{"fuse", "verify good.onnx", "bench good.onnx", "report", "compare pass.json", "trend", "gate", "inspect"}},
		{"an engine that there is not", `"nope" is not known`, cli.ExitUsage, []string{
			"run --model good.onnx --backend nope --report r3", "bench good.onnx good.onnx --backend nope", "verify good.onnx good.onnx --backend nope", "backends nope",
		}},
		{"a format that there is not", "nope", cli.ExitUsage, []string{"report pass.json --format nope", "compare pass.json pass.json --format nope", "trend . --format nope"}},
		{"a verdict that there is not", "nope", cli.ExitUsage, []string{
			"run --model good.onnx --require nope --report r4", "bench good.onnx good.onnx --require nope", "compare pass.json pass.json --require nope",
		}},
		{"a margin that is none", "margin", cli.ExitUsage, []string{
			"run --model good.onnx --margin 3 --report r5", "bench good.onnx good.onnx --margin 3", "compare pass.json pass.json --margin 3",
		}},
		{"an engine that is named and not there", "absent.so", cli.ExitMissing, []string{
			"run --model good.onnx --backend ort --report r6", "run --model good.onnx --backend ort --report r7 --require nothing",
			"bench good.onnx good.onnx --backend ort", "bench good.onnx good.onnx --backend ort --require nothing",
			"bench good.onnx good.onnx --backend ort --require nothing --report r8", "verify good.onnx good.onnx --backend ort",
		}},
		{"no engine in a report", "no engine could run", cli.ExitMissing, []string{
			"gate no_engine.json", "compare pass.json no_engine.json --require nothing", "compare no_engine.json pass.json", "compare pass.json pass.json no_engine.json",
		}},
		{"no unit in a report", "no unit came to its end", cli.ExitInvalid, []string{
			"gate no_unit.json", "compare pass.json no_unit.json --require nothing", "compare no_unit.json pass.json",
		}},
	} {
		for _, line := range cause.commands {
			var out, errs bytes.Buffer
			code := cli.Run(t.Context(), &out, &errs, strings.Fields(line), toolbox())
			if code != cause.code || !strings.Contains(errs.String(), cause.says) || errs.Len() == 0 {
				t.Errorf("%s: acdeploy %s ends with %d, want %d and %q\n%s", cause.name, line, code, cause.code, cause.says, &errs)
			}
		}
	}
}

// prepared makes the current folder one with what commands read: models, reports, and what is neither. ONNX Runtime is not there.
func prepared(t *testing.T) {
	t.Helper()
	pass, err := os.ReadFile("../reports/formats/testdata/pass.json")
	if err != nil {
		t.Fatal(err)
	}
	missing, err := os.ReadFile("../reports/formats/testdata/no_engine.json")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("ACDEPLOY_ORT_LIB", "/absent.so")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	const noUnit = `{"schema": "acdeploy.bench/v1", "options": {"margin": 0.02}, "settings": [{"backend": "lab", "batch": 1, "threads": 1, "failures": [{"unit": 0, "reason": "killed"}]}]}`
	for name, content := range map[string][]byte{
		"good.onnx": kinds()["good"](), "text": []byte("hello"), "pass.json": pass, "no_engine.json": missing,
		"no_unit.json": []byte(noUnit), "bare.json": []byte(`{"schema": "acdeploy.bench/v1"}`),
	} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("empty", 0o700); err != nil {
		t.Fatal(err)
	}
}

// TestUnitsThatAllDie are told with exit code 6 whatever is required, and stand in the report.
func TestUnitsThatAllDie(t *testing.T) {
	prepared(t)
	t.Setenv(rudeVariable, "run kill")
	for _, require := range []string{"nothing", "equivalent"} {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), &out, &errs, []string{"bench", "good.onnx", "good.onnx", "--backend", "rude", "--units", "2", "--duration", "200ms", "--require", require, "--report", require}, toolbox())
		if code != cli.ExitInvalid || !strings.Contains(errs.String(), "nothing was measured on rude, batch 1, 1 thread: no unit came to its end: ") {
			t.Errorf("--require %s: exit code %d\n%s", require, code, &errs)
		}
		for _, name := range []string{"report.json", "report.html"} {
			text, err := os.ReadFile(filepath.Join(require, name))
			if err != nil || !strings.Contains(string(text), "no unit came to its end") {
				t.Errorf("--require %s: %s does not tell, %v", require, name, err)
			}
		}
	}
}

// TestReportsThatPowerShellWrote are read by every command that reads one, and so are configurations.
func TestReportsThatPowerShellWrote(t *testing.T) {
	prepared(t)
	plain, err := os.ReadFile("pass.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, order := range map[string]unicode.Endianness{"little": unicode.LittleEndian, "big": unicode.BigEndian} {
		utf16 := unicode.UTF16(order, unicode.UseBOM).NewEncoder()
		text, err := utf16.Bytes(plain)
		if err != nil {
			t.Fatal(err)
		}
		config, err := utf16.Bytes([]byte("model: good.onnx\r\nbench: {backends: [reference]}\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(name, "report.json")
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+".yaml", config, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"run", name + ".yaml", "--dry-run"},
			{"gate", path, name + ".yaml"},
			{"config", "show", name + ".yaml"},
			{"report", path},
			{"report", name},
			{"gate", path},
			{"trend", name},
			{"compare", path, "pass.json", "--require", "nothing"},
			{"compare", "pass.json", name, "--require", "nothing"},
		} {
			var out, errs bytes.Buffer
			if code := cli.Run(t.Context(), &out, &errs, args, toolbox()); code != cli.ExitOK || out.Len() == 0 {
				t.Errorf("acdeploy %s: exit code %d\n%s", strings.Join(args, " "), code, &errs)
			}
		}
	}
}
