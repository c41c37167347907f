package reports_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
)

func text(t *testing.T, document any) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reports.JSON(&out, document); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	for name, r := range map[string]*reports.Report{"whole": whole(), "no engine": noEngine(), "no baseline": noBaseline()} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new", "folder")
			if err := r.Write(dir); err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dir, reports.FileName); r.Path != want {
				t.Errorf("it lies at %s, want %s", r.Path, want)
			}
			again, err := reports.Read(r.Path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text(t, r)), string(text(t, again))); diff != "" {
				t.Errorf("it differs (-written +read):\n%s", diff)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 1 {
				t.Errorf("the folder holds %v, %v", left, err)
			}
		})
	}
}

func TestAFailedWriteLeavesTheOldReportAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	r := whole()
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	r.Config = json.RawMessage("{not JSON")
	if err := r.Write(dir); err == nil {
		t.Fatal("an invalid configuration was written")
	}
	after, err := os.ReadFile(filepath.Join(dir, reports.FileName))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the old report changed: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestSchemaIsTheFirstKeyOfEveryDocument(t *testing.T) {
	r := whole()
	for want, document := range map[string]any{
		reports.SchemaReport: r, reports.SchemaFuse: r.Fuse, reports.SchemaVerify: r.Verify,
		reports.SchemaBench: measured(), reports.SchemaCompare: reports.NewCompare(r, r),
	} {
		if got := string(text(t, document)); !strings.HasPrefix(got, "{\n  \"schema\": \""+want+"\",\n") {
			t.Errorf("%s begins with %.60q", want, got)
		}
	}
}

func TestAReportHasTheKeysOfAMeasurement(t *testing.T) {
	keys := func(document any) map[string]json.RawMessage {
		m := map[string]json.RawMessage{}
		if err := json.Unmarshal(text(t, document), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	got := keys(whole())
	for key, value := range keys(measured()) {
		if key != "schema" && !bytes.Equal(got[key], value) {
			t.Errorf("%s is %.80s, want %.80s", key, got[key], value)
		}
	}
	for _, key := range []string{"fuse", "verify", "config", "seeds", "tools"} {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
}

func TestANumberThatIsNotFiniteIsNull(t *testing.T) {
	r := whole()
	c := &r.Comparisons[0]
	c.Ratio, c.DeltaStar, c.CI[1] = bench.Float(math.NaN()), bench.Float(math.Inf(1)), bench.Float(math.Inf(1))
	data := text(t, r)
	for _, want := range []string{`"ratio": null`, `"delta_star": null`, `"ci": [0.9941,null]`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	again, err := reports.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(again.Comparisons[0].Ratio); !math.IsNaN(got) {
		t.Errorf("null is read as %v", got)
	}
	var out bytes.Buffer
	if err := reports.Formats(true)[0].Write(&out, again); err != nil || strings.Contains(out.String(), "NaN") {
		t.Errorf("the table shows NaN, or fails: %v", err)
	}
}

func TestIndentedJSONSaysTheSame(t *testing.T) {
	tricky := map[string]any{
		"a\"[{,:": []any{"[", "{\\\"", 1, nil, true}, "empty": []any{}, "none": map[string]any{},
		"deep": []any{[]any{1, 2}, []any{map[string]any{"x": "<&>\u2028"}}, "}"}, "n": -1.5e-300,
	}
	want, err := json.Marshal(tricky)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, text(t, tricky)); err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(want, &a) != nil || json.Unmarshal(got.Bytes(), &b) != nil || !cmp.Equal(a, b) {
		t.Errorf("got %s, want %s", got.Bytes(), want)
	}
}

func TestWhatIsNoReportIsRefusedInOneLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "not a report"},
		{"garbage", "\x00\x01", "not a report"},
		{"another document", `{"schema": "acdeploy.fuse/v1"}`, `schema "acdeploy.fuse/v1" is not one that this program reads`},
		{"a later version", `{"schema": "acdeploy.report/v2"}`, `schema "acdeploy.report/v2" is not one`},
		{"no schema", `{}`, "the key schema is missing"},
		{"a list", `[]`, "not a report: line 1"},
		{"truncated", `{"schema": "acdeploy.report/v1", "arms": [`, "unexpected end"},
		{"two documents", `{"schema": "acdeploy.report/v1"} {}`, "not a report"},
		{"a wrong type", "{\"schema\": \"acdeploy.report/v1\",\n\"arms\": 7}", "not a report: line 2"},
		{"an unknown verdict", `{"schema": "acdeploy.report/v1", "comparisons": [{"verdict": "fine"}]}`, `verdict "fine" is not known`},
		{"too many arms", `{"schema": "acdeploy.report/v1", "arms": [` + strings.Repeat("{},", 5000) + `{}]}`, "a list of 5001 arms"},
		{"too many objects", `{"schema": "acdeploy.report/v1", "x": [` + strings.Repeat("{},", 300_000) + `0]}`, "more than 200000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := reports.Read(path)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestADirectoryIsNotRead(t *testing.T) {
	_, err := reports.Read(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "this is a directory; its report is ") {
		t.Errorf("got %v", err)
	}
}

func TestAMeasurementAloneIsAReport(t *testing.T) {
	r, err := reports.Parse(text(t, measured()))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Comparisons) != 1 || r.Schema != reports.SchemaBench {
		t.Errorf("read %+v", r.Comparisons)
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range []*reports.Report{whole(), noEngine(), noBaseline()} {
		r.Fuse.Rewrites = r.Fuse.Rewrites[:1]
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"acdeploy.report/v1","fuse":{"before":{"ops":{"\u001b[2J|":-1}},"passes":[{"rewrites":-3}]},"verify":{"checks":[{"top1":{}}]},"arms":[{"role":"baseline","setting":-1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := reports.Parse(data)
		if err != nil {
			return
		}
		for _, format := range reports.Formats(false) {
			var out bytes.Buffer
			if err := format.Write(&out, r); err != nil {
				t.Fatalf("%s: %v", format.Name, err)
			}
			if format.Name != "json" && bytes.ContainsAny(out.Bytes(), "\x1b\r\x00") {
				t.Errorf("%s passes control characters on", format.Name)
			}
		}
		var out bytes.Buffer
		if err := reports.NewCompare(r, r).Write(&out, "table", true); err != nil {
			t.Fatal(err)
		}
	})
}
