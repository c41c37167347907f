package external

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseReport(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "",
		`{"rewrites": [{"node": "a", "detail": "b"}], "refusals": [{"node": "c", "reason": "d", "detail": "e"}]}`: "",
		`{"rewrites": [{"node": "a"}]}`:                       "rewrites[0] has no detail",
		`{"refusals": [{"reason": "Not so", "detail": "e"}]}`: `refusals[0] has the reason "Not so"`,
		`{"refusals": [{"reason": "d"}]}`:                     "refusals[0] has no detail",
		`{"rewrite": []}`:                                     `unknown field "rewrite"`,
		`{"rewrites": 1}`:                                     "report.json is not ",
		`{} {}`:                                               "more than one document",
		``:                                                    "report.json is not ",
		`{"rewrites": [{"node": "a", "detail": "b"}, {"detail": ""}]}`: "rewrites[1] has no detail",
	} {
		_, err := parseReport([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	said, err := parseReport([]byte(`{"rewrites": [{"detail": "all of it"}]}`))
	if err != nil || said.rewrites[0].Node != wholeModel {
		t.Errorf("%+v, %v", said, err)
	}
}

// TestReportFile reads nothing that is no file, and nothing without an end.
func TestReportFile(t *testing.T) {
	x := &exchange{out: t.TempDir()}
	path := filepath.Join(x.out, reportFile)
	if said, err := x.report(true); err != nil || said.rewrites != nil {
		t.Errorf("%+v, %v", said, err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := x.report(true); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, reportBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := x.report(true); err == nil || !strings.Contains(err.Error(), "is larger than 16 MiB") {
		t.Errorf("got %v", err)
	}
}
