package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/reports"
)

// recorded writes the report of a measurement that somebody made: twelve units of so many nanoseconds.
func recorded(t *testing.T, name string, ns int64, control judge.State) string {
	t.Helper()
	key := bench.Key{Backend: "lab", Batch: 1, Threads: 1}
	arm := judge.ArmRecord{Key: key, Arm: "C", Role: bench.RoleCandidate, Name: "c.onnx", Median: ns}
	for u := range 12 {
		at := ns + int64(u%5-2)*ns/500
		arm.Units = append(arm.Units, judge.ArmUnit{Unit: u, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{at, at}}}})
	}
	r := reports.New(nil, nil, &judge.Result{
		Schema: judge.Schema, Options: bench.Defaults(), Arms: []judge.ArmRecord{arm},
		Settings: []judge.Setting{{Key: key, Statistic: judge.StatisticPaired}},
		Controls: []judge.Control{{Key: key, Name: judge.ControlAA, State: control, Detail: "the machine is too noisy"}},
	})
	dir := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The exit code says whether an arm became slower, or that there is no verdict.
func TestCompareExitCodes(t *testing.T) {
	fast, slow := recorded(t, "fast", 100_000, judge.OK), recorded(t, "slow", 106_000, judge.OK)
	invalid := recorded(t, "invalid", 106_000, judge.Fail)
	for name, c := range map[string]struct {
		reports []string
		code    int
		err     string
	}{
		"the same":                  {[]string{fast, fast}, cli.ExitOK, ""},
		"slower":                    {[]string{fast, slow}, cli.ExitGate, "acdeploy: c.onnx is slower, required is equivalent: "},
		"faster":                    {[]string{slow, fast}, cli.ExitOK, ""},
		"a control failed":          {[]string{fast, invalid}, cli.ExitInvalid, "acdeploy: c.onnx: there is no verdict: gate a_a_control of the second report failed"},
		"one of three slower":       {[]string{fast, fast, slow}, cli.ExitGate, "acdeploy: c.onnx is slower, required is equivalent: "},
		"slower, and one not valid": {[]string{fast, slow, invalid}, cli.ExitInvalid, "acdeploy: c.onnx: there is no verdict: "},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := cli.Run(t.Context(), &out, &errs, append([]string{"compare"}, c.reports...), toolbox())
			if code != c.code || !strings.HasPrefix(errs.String(), c.err) || c.err == "" && errs.Len() > 0 {
				t.Errorf("exit code %d, want %d: %s", code, c.code, &errs)
			}
			if out.Len() == 0 {
				t.Error("nothing is shown")
			}
		})
	}
}
