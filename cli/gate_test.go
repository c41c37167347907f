package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestGate judges a report by its own gates and by those of a configuration, with the exit code that a run would have.
func TestGate(t *testing.T) {
	const passed = "../reports/formats/testdata/pass.json"
	config := func(text string) string {
		path := filepath.Join(t.TempDir(), "gates.yaml")
		if err := os.WriteFile(path, []byte("version: 1\nmodel: unread.onnx\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	killed := t.TempDir()
	for name, from := range map[string]string{"report.json": "../reports/formats/testdata/unfinished.json", "units.jsonl": "../reports/testdata/units.jsonl"} {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(killed, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	gate := func(args ...string) (string, string, int) {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), &out, &errs, append([]string{"gate"}, args...), toolbox())
		return out.String(), errs.String(), code
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"its own gates":                 {[]string{passed}, 0, "PASSED. 1.93× faster than as trained"},
		"too much speed":                {[]string{passed, config("gates: {speedup_min: 3}")}, 4, "FAILED with exit code 4"},
		"a proof it has":                {[]string{passed, config("gates: {proof: algebra}")}, 0, "PASSED"},
		"faster is required":            {[]string{passed, config("gates: {latency: {require: faster}}")}, 4, "is equivalent, required is faster"},
		"no engine":                     {[]string{"../reports/formats/testdata/no_engine.json"}, 5, "no engine could run"},
		"required engine":               {[]string{"../reports/formats/testdata/no_engine.json", config("bench: {backends: [{ort: {required: true}}]}")}, 5, "required engine ort"},
		"other answers":                 {[]string{"../reports/formats/testdata/no_baseline.json"}, 3, "answers differ"},
		"a run that was killed":         {[]string{"../reports/formats/testdata/unfinished.json", config("gates: {latency: {require: nothing}}")}, 6, "came to no end"},
		"one that had begun to measure": {[]string{killed}, 6, "in part only"},
		"no report":                     {[]string{"nowhere.json"}, 1, "no such file"},
		"wrong gates":                   {[]string{passed, config("gates: {speedup_min: -1}")}, 2, "speedup_min"},
		"nothing named":                 {nil, 2, "one report"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := gate(c.args...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit code %d, want %d, and %q\n%s%s", code, c.code, c.says, out, errs)
			}
		})
	}
	out, _, _ := gate("--json", passed)
	var doc struct {
		Passed   bool   `json:"passed"`
		Headline string `json:"headline"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || !doc.Passed || doc.Headline == "" {
		t.Errorf("%+v, %v", doc, err)
	}
	if out, _, code := gate("-q", passed); out != "" || code != 0 {
		t.Errorf("-q: %q, exit code %d", out, code)
	}
}
