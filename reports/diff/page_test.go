package diff

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// shown is a document in a format.
func shown(t *testing.T, d *Diff, format string) string {
	t.Helper()
	f, err := formats.Catalog().Make(format, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := f.Write(reports.Output{Writer: &out, ASCII: true}, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every format for people says what changed, and is safe to show.
func TestPage(t *testing.T) {
	trained, fused, made := trainedAndFused(t)
	record, err := made.Document()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(trained, fused, record.Became, true)
	if err != nil {
		t.Fatal(err)
	}
	d.Metadata = append(d.Metadata, Change{"metadata <b>\x1b[31m", "", "<script>"})
	for format, wants := range map[string][]string{
		"table":    {"3 blocks became one node each", "Blocks that became one node", "1 Conv", "Initializers", "gone"},
		"markdown": {"3 blocks became one node each", "1 Conv"},
		"html":     {"<title>acdeploy diff</title>", "3 blocks became one node each", "1 Conv", "&lt;script&gt;"},
	} {
		text := shown(t, d, format)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", format, want, text)
			}
		}
		if strings.Contains(text, "\x1b") || format == "html" && strings.Contains(text, "<script>") {
			t.Errorf("%s is not safe to show", format)
		}
	}
}

func TestPageOfNoDifference(t *testing.T) {
	trained, _, _ := trainedAndFused(t)
	d, err := New(trained, trained, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if text := shown(t, d, "table"); !strings.Contains(text, "No difference") {
		t.Errorf("got %s", text)
	}
	if _, word := d.Heading(); word != "No difference" {
		t.Errorf("got %s", word)
	}
}

// A page has a bound, and says what it leaves out.
func TestPageIsBounded(t *testing.T) {
	d := &Diff{}
	for range 3 * mostRows {
		d.Gone = append(d.Gone, Node{"n", "Relu"})
	}
	s := d.Page().Evidence[0]
	if len(s.Table.Rows) != mostRows || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "400 more") {
		t.Errorf("%d rows, %v", len(s.Table.Rows), s.Notes)
	}
}

// A program that was not started is named, and cannot harm the terminal.
func TestPageNamesPrograms(t *testing.T) {
	d := &Diff{MatchedBy: ByNames, NotStarted: []string{"python3 \x1b[31mmean.py"}}
	got := strings.Join(strings.Fields(shown(t, d, "table")), " ")
	if !strings.Contains(got, "mean.py is one of the passes, and no program is started here") || strings.Contains(got, "\x1b") {
		t.Errorf("got\n%s", got)
	}
}
