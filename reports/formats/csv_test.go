package formats_test

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// records are the rows of a report as csv, read back.
func records(t *testing.T, r *reports.Report) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(reporttest.Rendered(t, "csv", false, r))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSVHoldsEverySample(t *testing.T) {
	r := reporttest.Whole()
	r.Arms[1].Setting, r.Arms[1].Batch, r.Arms[1].Threads = 1, 8, 2
	r.Arms[2].Units = append(r.Arms[2].Units, judge.ArmUnit{Unit: 3, Blocks: []judge.ArmBlock{
		{Nanoseconds: []int64{7}}, {}, {Nanoseconds: []int64{9, 1<<63 - 1}},
	}})
	want := map[string]int64{}
	for _, a := range r.Arms {
		for _, u := range a.Units {
			for i, b := range u.Blocks {
				for j, ns := range b.Nanoseconds {
					want[fmt.Sprint(a.Setting, a.Backend, a.Provider, a.Batch, a.Threads, a.Arm, a.Role, a.Name, u.Unit, u.Complete, i, j)] = ns
				}
			}
		}
	}
	rows := records(t, r)
	if head := strings.Join(rows[0], " "); head != "setting backend provider batch threads arm role name unit complete block run nanoseconds sizes" {
		t.Errorf("the columns are %s", head)
	}
	got := map[string]int64{}
	for _, row := range rows[1:] {
		number := func(i int) int64 {
			n, err := strconv.ParseInt(row[i], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		got[fmt.Sprint(number(0), row[1], row[2], number(3), number(4), row[5], row[6], row[7], number(8), row[9] == "true", number(10), number(11))] = number(12)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(rows) != 1+len(want) {
		t.Errorf("%d rows of %d samples: %s", len(rows)-1, len(want), diff)
	}
}

func TestCSVIsSafeInASpreadsheet(t *testing.T) {
	for name, want := range map[string]string{
		"fused, \"by hand\".onnx": "fused, \"by hand\".onnx",
		"=1+1":                    "'=1+1",
		"+1":                      "'+1",
		"-1":                      "'-1",
		"@sum(a1)":                "'@sum(a1)",
		" =1+1":                   "' =1+1",
		"＝1":                      "'＝1",
		"\t=1":                    `\t=1`,
		"a\r\n=1":                 `a\r\n=1`,
		"":                        "",
	} {
		r := reporttest.Whole()
		r.Arms = r.Arms[:1]
		r.Arms[0].Name = name
		for _, row := range records(t, r)[1:] {
			if row[7] != want {
				t.Errorf("%q is written as %q, want %q", name, row[7], want)
			}
		}
	}
}

func TestCSVOfNothing(t *testing.T) {
	if rows := records(t, reporttest.NoEngine()); len(rows) != 1 {
		t.Errorf("a report without samples has %d rows", len(rows)-1)
	}
}
