package configs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench/judge"
)

func TestSetGivesOneKeyAnotherValue(t *testing.T) {
	c := parse(t, "model: a.onnx\nbench: {units: 20}\n")
	for key, value := range map[string]string{
		"model": "007", "bench.units": "15", "bench.duration": "90s", "bench.margin": "3%",
		"bench.backends": "[{ort: {provider: cuda}}, reference]", "disable": "[fold_pad]",
		"gates.latency.require": "faster", "verify.data.path": "x.npz", "bench.shapes": "[n=3]",
	} {
		if err := c.Set(key, value, "ACDEPLOY_TEST"); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := c.Validate(shipped()); err != nil {
		t.Error(err)
	}
	if c.Model != "007" || c.Bench.Units != 15 || c.Bench.Duration != 90*time.Second || c.Bench.Margin != 0.03 ||
		len(c.Bench.Backends) != 2 || c.Gates.Latency.Require != judge.RequireFaster || c.Verify.Data.Path != "x.npz" {
		t.Errorf("got %+v", c)
	}
}

// A list in the environment may be written as the value of a flag.
func TestSetTakesAListWithoutBrackets(t *testing.T) {
	for value, want := range map[string]string{
		"ort,reference": "ort reference", "ort, reference": "ort reference", "[ort, reference]": "ort reference", "reference": "reference",
		"- ort\n- reference": "ort reference", "{ort: {provider: cuda}}, reference": "ort reference", "{ort: {session: {session.disable_prepacking: '1'}}}": "ort",
	} {
		c := parse(t, "model: a.onnx\n")
		if err := c.Set("bench.backends", value, "ACDEPLOY_BENCH_BACKENDS"); err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		var names []string
		for _, b := range c.Bench.Backends {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s gives %s", value, got)
		}
	}
	c := parse(t, "model: a.onnx\nbench: {batch: [3]}\n")
	if err := c.Set("bench.batch", "1, 8", "ACDEPLOY_BENCH_BATCH"); err != nil || !slices.Equal(c.Bench.Batch, []int64{1, 8}) {
		t.Errorf("the batches are %v, %v", c.Bench.Batch, err)
	}
	if err := c.Set("bench.batch", "", "ACDEPLOY_BENCH_BATCH"); err != nil {
		t.Error(err)
	}
}

func TestSetNamesTheSourceOfABadValue(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"bench.units", "many", "FLAG: want a whole number for bench.units, found \"many\""},
		{"bench.units", "2 %", "FLAG: want a whole number for bench.units, found \"2 %\""},
		{"verify.tolerance", "2 %%", "FLAG: want a number such as 0.02, 1e-6 or 2% for verify.tolerance, found \"2 %%\""},
		{"verify.tolerance", "1e", "FLAG: want a number such as 0.02, 1e-6 or 2% for verify.tolerance, found \"1e\""},
		{"verify.tolerance", "abc", "FLAG: want a number such as 0.02, 1e-6 or 2% for verify.tolerance, found \"abc\""},
		{"bench.margin", "1e", "FLAG: \"1e\" is not a ratio; write 0.02 or 2%"},
		{"bench.unit", "1", "FLAG: unknown key \"bench.unit\", did you mean \"bench.units\"?"},
		{"model.x", "1", "FLAG: unknown key \"model.x\""},
		{"bench", "1", "FLAG: unknown key \"bench\""},
		{"bench.backends", "[ort", "FLAG: not valid YAML"},
		{"passes", "[{fold_pad: 7}]", "FLAG:1:13: want the options of fold_pad as keys and values"},
	}
	for _, test := range tests {
		c := parse(t, "model: a.onnx\n")
		err := c.Set(test.key, test.value, "FLAG")
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s = %s: got %v, want %s", test.key, test.value, err, test.want)
		}
	}
}

func TestAFaultOfAnOverriddenValuePointsToItsSource(t *testing.T) {
	c := parse(t, "model: a.onnx\nbench: {units: 20}\n")
	if err := c.Set("bench.units", "0", "ACDEPLOY_BENCH_UNITS"); err != nil {
		t.Fatal(err)
	}
	err := c.Validate(shipped())
	if err == nil || !strings.HasPrefix(err.Error(), "ACDEPLOY_BENCH_UNITS: units must be") {
		t.Errorf("got %v", err)
	}
}

func TestOriginSaysWhereAValueComesFrom(t *testing.T) {
	c := parse(t, "model: a.onnx\nbench: {units: 20}\n")
	if err := c.Set("report", "elsewhere", "--report"); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"bench.units": "test.yaml:2:16", "report": "--report", "bench.blocks": "default",
	} {
		if got := c.Origin(key); got != want {
			t.Errorf("%s comes from %s, want %s", key, got, want)
		}
	}
}
