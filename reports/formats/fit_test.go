package formats

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/reports"
)

// TestFit keeps a table within the width that there is, by its texts alone.
func TestFit(t *testing.T) {
	wide := &reports.Table{
		Columns: []reports.Column{{Title: "model"}, {Title: "latency", Numbers: true}, {Title: "a note"}},
		Rows:    [][]string{{strings.Repeat("folder/", 20) + "fused.onnx", "0.6654 ms", "short"}, {"baseline", "0.66 ms", ""}},
	}
	for width, want := range map[int][]string{
		0:   wide.Rows[0],
		400: wide.Rows[0],
		60:  {"…older/folder/folder/folder/fused.onnx", "0.6654 ms", "short"},
		20:  {"….onnx", "0.6654 ms", "short"}, // it cannot be narrower
	} {
		got := fit(wide, width)
		if width == 60 {
			total := 1
			for i := range got.Columns {
				total += 3 + max(utf8.RuneCountInString(got.Columns[i].Title), utf8.RuneCountInString(got.Rows[0][i]))
			}
			if total > width {
				t.Errorf("it is %d wide, not %d", total, width)
			}
			want[0] = got.Rows[0][0]
			if !strings.HasPrefix(want[0], "…") || !strings.HasSuffix(want[0], "/fused.onnx") {
				t.Errorf("%q has lost its end", want[0])
			}
		}
		if !slices.Equal(got.Rows[0], want) {
			t.Errorf("%d wide: %q", width, got.Rows[0])
		}
	}
	// The end of these alone would say another thing: "…valid" of a measurement that is not, and one bound of two.
	judged := &reports.Table{
		Columns: []reports.Column{{Title: "model"}, {Title: "90 % interval", Whole: true}, {Title: "verdict", Whole: true}},
		Rows:    [][]string{{"folder/folder/fused.onnx", "[0.803, 1.044]", "invalid"}},
	}
	if got := fit(judged, 40); got.Columns[1].Title != "90 % interval" || got.Rows[0][1] != "[0.803, 1.044]" || got.Rows[0][2] != "invalid" {
		t.Errorf("%q of %q", got.Rows[0], judged.Rows[0])
	}
	grouped := &reports.Table{
		Columns: []reports.Column{{Title: "model"}, {Title: "latency", Numbers: true}},
		Rows:    [][]string{{"ort cpu, batch 128, 16 threads", ""}, {"  fused", "0.6654 ms"}},
	}
	if got := fit(grouped, 32).Rows; len(got) != 3 || got[0][0] != "ort cpu, batch" || got[1][0] != "128, 16 threads" {
		t.Errorf("a heading is %q", got)
	}
	if fit(nil, 80) != nil {
		t.Error("no table became one")
	}
}

// TestNarrowed makes a list of a table that has too many columns, and leaves others as they are.
func TestNarrowed(t *testing.T) {
	s := reports.Section{Items: []string{"below"}, Table: &reports.Table{
		Columns: []reports.Column{{Title: "model"}, {Title: "first", Numbers: true}, {Title: "90 % interval", Whole: true}},
		Rows:    [][]string{{"folder/of/some/fused.onnx", "0.993", "[0.998, 1.017]"}, {"  other", "", "[1, 2]"}},
	}}
	if got := narrowed(s, 40); got.Table == nil || len(got.Items) != 1 {
		t.Errorf("40 wide: %+v", got)
	}
	want := []string{"folder/of/some/fused.onnx; first 0.993; 90 % interval [0.998, 1.017]", "other; 90 % interval [1, 2]", "below"}
	if got := narrowed(s, 30); got.Table != nil || !slices.Equal(got.Items, want) {
		t.Errorf("30 wide: %q", got.Items)
	}
	if got := narrowed(s, 0); got.Table != s.Table {
		t.Errorf("as wide as it is: %+v", got)
	}
}
