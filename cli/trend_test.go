package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestTrend reads the reports of a folder and of those in it, and names what it cannot read.
func TestTrend(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("../reports/formats/testdata/pass.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"a/report.json": text, "b/report-20261101T000000Z.json": bytes.ReplaceAll(text, []byte("2026-11-23"), []byte("2026-11-01")),
		"c/report.json": text[:1000], "c/other.json": text,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	show := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), &out, &errs, append([]string{"trend"}, args...), toolbox())
		return out.String() + errs.String(), code
	}
	got, code := show(dir)
	for _, want := range []string{"Result\n2 comparisons in 1 line.", "2026-11-23T12:00:00Z", "left out: ", "No change beyond the margins is shown."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said:\n%s", want, got)
		}
	}
	if strings.Count(got, "Z") != 1 || strings.Contains(got, "Versions") {
		t.Errorf("more than the newest report is shown:\n%s", got)
	}
	if all, _ := show(dir, "-v"); !strings.HasPrefix(all, "Result\n") || !strings.Contains(all, "2026-11-01T12:00:00Z") || !strings.Contains(all, "Versions") {
		t.Errorf("with -v:\n%s", all)
	}
	if code != cli.ExitOK {
		t.Errorf("exit code %d", code)
	}
	if got, code := show(dir, "--json"); code != cli.ExitOK || !strings.HasPrefix(got, "{\n  \"schema\": \"acdeploy.trend/v1\"") {
		t.Errorf("exit code %d, %.80s", code, got)
	}
	if got, code := show(filepath.Join(dir, "c")); code != cli.ExitFailed || strings.Count(got, "\n") != 1 {
		t.Errorf("exit code %d, %s", code, got)
	}
	if got, code := show(filepath.Join(dir, "nowhere")); code != cli.ExitFailed || strings.Count(got, "\n") != 1 {
		t.Errorf("exit code %d, %s", code, got)
	}
}
