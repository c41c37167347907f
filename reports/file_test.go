package reports_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	for name, r := range map[string]*reports.Report{"whole": reporttest.Whole(), "no engine": reporttest.NoEngine(), "no baseline": reporttest.NoBaseline()} {
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
	r := reporttest.Whole()
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

func TestWhatIsNoReportIsRefusedInOneLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "r.json is not a report of acdeploy: it is empty; name the report.json that acdeploy run or acdeploy bench wrote, or its folder"},
		{"spaces", " \n", "it is empty;"},
		{"garbage", "\x00\x01", "r.json is not a report of acdeploy: line 1 is not JSON; name"},
		{"a word", "hello", "line 1 is not JSON;"},
		{"a number", "12", "it holds a number where a report is an object;"},
		{"a text", `"acdeploy"`, "it holds a string where a report is an object;"},
		{"another schema", `{"schema": {"type": "object"}}`, "the key schema in line 1 is an object, which it never is in a report;"},
		{"another document", `{"schema": "acdeploy.fuse/v1"}`, `schema "acdeploy.fuse/v1" is not one that this program reads`},
		{"a later version", `{"schema": "acdeploy.report/v2"}`, `schema "acdeploy.report/v2" is not one`},
		{"no schema", `{}`, "the key schema is missing"},
		{"a list", `[]`, "it holds a list where a report is an object;"},
		{"truncated", "{\"schema\": \"acdeploy.report/v1\",\n \"arms\": [", "it ends in line 2, before its JSON is complete;"},
		{"truncated in a word", `{"schema": "acdeploy.rep`, "it ends in line 1, before its JSON is complete;"},
		{"a comma too many", `{"schema": "acdeploy.report/v1",}`, "line 1 is not JSON;"},
		{"two documents", `{"schema": "acdeploy.report/v1"} {}`, "line 1 is not JSON;"},
		{"a wrong type", "{\"schema\": \"acdeploy.report/v1\",\n\"arms\": 7}", "the key arms in line 2 is a number, which it never is in a report;"},
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
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), path) != 1 || strings.Contains(err.Error(), "unmarshal") || strings.Contains(err.Error(), "Go ") {
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
	r, err := reports.Parse(text(t, reporttest.Measured()))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Comparisons) != 1 || r.Schema != reports.SchemaBench {
		t.Errorf("read %+v", r.Comparisons)
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range []*reports.Report{reporttest.Whole(), reporttest.NoEngine(), reporttest.NoBaseline()} {
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
		for _, format := range formats.Catalog().Names() {
			text := reporttest.Rendered(t, format, false, r)
			if format != "json" && strings.ContainsAny(text, "\x1b\r\x00") {
				t.Errorf("%s passes control characters on", format)
			}
		}
		reporttest.Rendered(t, "table", true, reports.NewCompare(r, r, judge.LatencyGate{}))
	})
}

// TestAPartOfAReportIsReadAsOne reads what the commands for single steps print, and takes it for no report where a whole one is compared.
func TestAPartOfAReportIsReadAsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part.json")
	for _, c := range []struct {
		doc  any
		want string
	}{
		{reporttest.Fused(), "/head/Add"},
		{reporttest.Checked(), "reference, unrounded"},
		{reporttest.Measured(), "examples/resnet20/baseline.onnx"},
		{reporttest.Whole(), "PASSED"},
		{map[string]string{"schema": reports.SchemaFuse}, "Nothing to rewrite"},
		{map[string]string{"schema": reports.SchemaVerify}, "NOT SHOWN"},
	} {
		var text bytes.Buffer
		if err := reports.JSON(&text, c.doc); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := reports.ReadPart(path)
		if err != nil {
			t.Errorf("%T: %v", c.doc, err)
			continue
		}
		for _, format := range formats.Catalog().Names() {
			shown := reporttest.Rendered(t, format, true, r)
			if format == "table" && !strings.Contains(shown, c.want) {
				t.Errorf("%T as a %s has no %q:\n%s", c.doc, format, c.want, shown)
			}
		}
	}
	for text, want := range map[string]string{
		`{"schema": "acdeploy.fuse/v2"}`:                `schema "acdeploy.fuse/v2" is not one that this program reads; it reads acdeploy.report/v1, acdeploy.fuse/v1, acdeploy.verify/v1 and acdeploy.bench/v1`,
		`{"schema": "acdeploy.fuse/v1", "rounds": "x"}`: "the key rounds in line 1 is a string",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reports.ReadPart(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A report that Windows PowerShell redirected to a file is UTF-16; other programs put a mark before UTF-8.
func TestReportsInOtherEncodingsAreRead(t *testing.T) {
	plain := text(t, reporttest.Measured())
	for name, e := range map[string]encoding.Encoding{
		"UTF-16, little end first": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16, big end first":    unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"UTF-8 with a mark":        unicode.UTF8BOM,
		"UTF-8":                    encoding.Nop,
	} {
		encoded, err := e.NewEncoder().Bytes(plain)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, reports.FileName)
		if err := os.WriteFile(path, encoded, 0o600); err != nil {
			t.Fatal(err)
		}
		for how, read := range map[string]func(string) (*reports.Report, error){"Read": reports.Read, "ReadPart": reports.ReadPart} {
			r, err := read(path)
			if err != nil || len(r.Comparisons) != 1 {
				t.Errorf("%s of %s: %v", how, name, err)
			}
		}
		if r, err := reports.ReadFolder(dir); err != nil || len(r.Comparisons) != 1 {
			t.Errorf("the folder of %s: %v", name, err)
		}
	}
}
