package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
)

func TestCompareShowsTheSameArmsAndWhatElseDiffers(t *testing.T) {
	a, b := whole(), whole()
	a.Path, b.Path = "monday/report.json", "tuesday/report.json"
	for i := range b.Arms {
		b.Arms[i].Median *= 2
	}
	b.Arms[3].Name = "as trained, again"
	b.Host.CPU.Brand = "Example CPU 4000"
	b.Tools[0].Version = "1.33.0"
	c := reports.NewCompare(a, b)
	for _, format := range []string{"table", "markdown", "json"} {
		var out bytes.Buffer
		if err := c.Write(&out, format, false); err != nil {
			t.Fatal(err)
		}
		golden(t, "compare."+format, out.Bytes())
	}
	if len(c.Arms) != 2 || len(c.Unmatched) != 2 || len(c.Differences) != 2 {
		t.Errorf("got %d arms, %d unmatched, %d differences", len(c.Arms), len(c.Unmatched), len(c.Differences))
	}
	if got := float64(c.Arms[0].Ratio); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	if err := c.Write(&bytes.Buffer{}, "pdf", false); err == nil || !strings.Contains(err.Error(), "known are table, markdown, json") {
		t.Errorf("got %v", err)
	}
}

func TestCompareOfAReportWithItselfFindsNoDifference(t *testing.T) {
	c := reports.NewCompare(whole(), whole())
	if len(c.Differences) != 0 || len(c.Unmatched) != 0 || len(c.Arms) != 3 {
		t.Errorf("got %+v", c)
	}
}

func TestEveryVerdictHasItsSentence(t *testing.T) {
	tests := map[bench.Verdict]string{
		bench.Equivalent: "ratio 0.998 (90 % CI 0.994–1.003; 12 fresh processes × 5 blocks); equivalent within ±2 % (TOST p < 0.0001); smallest supported margin ±0.59 %; A/A control ±0.51 %; execution plans identical.",
		bench.Faster:     "faster by more than 2 %",
		bench.Slower:     "SLOWER by more than 2 %",
		bench.NotShown:   "NOT SHOWN to be equivalent within ±2 %: because",
		bench.Invalid:    "the measurement is INVALID: because",
	}
	r := whole()
	for verdict, want := range tests {
		c := r.Comparisons[0]
		c.Verdict, c.Reason = verdict, "because"
		if got := r.Sentence(c); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", verdict, got, want)
		}
	}
}

func TestRefusalsThatDoNotFitAreCounted(t *testing.T) {
	r := whole()
	for range 100 {
		r.Fuse.Refusals = append(r.Fuse.Refusals, r.Fuse.Refusals[0])
	}
	var out bytes.Buffer
	if err := reports.Formats(false)[0].Write(&out, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "… and 82 more, all of them in the report.") {
		t.Error("the rest is not mentioned")
	}
}

func TestPartsOfARunHaveTablesToo(t *testing.T) {
	for name, r := range map[string]*reports.Report{
		"fuse": reports.New(fused(), nil, nil), "verify": reports.New(nil, checked(), nil), "bench": reports.New(nil, nil, measured()),
	} {
		var out bytes.Buffer
		if err := reports.Formats(true)[0].Write(&out, r); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".table.ascii", out.Bytes())
	}
}
