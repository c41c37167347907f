package formats_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// benchLine and benchConfig are the lines that readers of Go's benchmarks take, by the proposal for their format; they leave out others.
var (
	benchLine   = regexp.MustCompile(`^Benchmark[^a-z]\S*\t* +(\d+) +([0-9.]+) ns/op$`)
	benchConfig = regexp.MustCompile(`^[\p{Ll}][^\s\p{Lu}]*:\s`)
	benchName   = regexp.MustCompile(`^BenchmarkInfer/model=[^\s/]+/arm=([^\s/]+)/engine=[^\s/]+/batch=\d+/threads=\d+$`)
)

// gobench are the times of each arm of a report, as benchstat reads them.
func gobench(t *testing.T, r *reports.Report) map[string][]float64 {
	t.Helper()
	times := map[string][]float64{}
	for line := range strings.Lines(reporttest.Rendered(t, "gobench", false, r)) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		found := benchLine.FindStringSubmatch(line)
		name := benchName.FindStringSubmatch(strings.Fields(line)[0])
		if found == nil || name == nil {
			t.Fatalf("%q is no line of a benchmark", line)
		}
		ns, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		times[name[1]] = append(times[name[1]], ns)
	}
	return times
}

// TestGobenchHasALinePerProcess writes what the statistics rest on, and nothing of a process that did not end.
func TestGobenchHasALinePerProcess(t *testing.T) {
	r := reporttest.Whole()
	r.Arms[2].Units = []judge.ArmUnit{
		{Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{1, 2, 9}}, {Nanoseconds: []int64{4}}}},
		{Complete: false, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{77}}}},
		{Complete: true, Blocks: []judge.ArmBlock{{}, {Nanoseconds: []int64{1_000_000_007}}}},
		{Complete: true},
	}
	if got := gobench(t, r)["fused"]; !slices.Equal(got, []float64{3, 1_000_000_007}) {
		t.Errorf("%v", got)
	}
}

// TestGobenchTakesNoNameForALine: a name can begin neither a benchmark nor a line of configuration.
func TestGobenchTakesNoNameForALine(t *testing.T) {
	r := reporttest.Hostile()
	r.Fuse.Input.Path, r.Host.CPU.Brand = "a b/=c\nBenchmarkX 1 1 ns/op", "x\ngoos: y"
	var keys []string
	for line := range strings.Lines(reporttest.Rendered(t, "gobench", false, r)) {
		if benchConfig.MatchString(line) {
			key, _, _ := strings.Cut(line, ":")
			keys = append(keys, key)
		}
	}
	if got := strings.Join(keys, " "); got != "pkg cpu" {
		t.Errorf("the configuration is of %s", got)
	}
	if times := gobench(t, r); len(times) != 3 {
		t.Errorf("%d arms: %v", len(times), times)
	}
}
