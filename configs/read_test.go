package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReadTakesTheNearestSource gives a value in every source but one after the other: flags go before the
// environment, that before the file, and that before the defaults.
func TestReadTakesTheNearestSource(t *testing.T) {
	file := written(t, "model: file.onnx\nbench: {units: 20, threads: 2}\n")
	t.Setenv("ACDEPLOY_BENCH_UNITS", "30")
	t.Setenv("ACDEPLOY_BENCH_BACKENDS", "[reference]")
	flags := map[string]configs.Flag{
		"bench.units":    {Name: "units", Value: "40", Given: true},
		"bench.backends": {Name: "backend", Value: "[ort]", Given: false},
		"output":         {Name: "output", Value: "", Given: true},
	}
	c, err := configs.Read(configs.Sources{File: file, Flags: flags}, known())
	if err != nil {
		t.Fatal(err)
	}
	if c.Bench.Units != 40 || c.Bench.Backends[0].Name != "reference" || c.Bench.Threads != 2 || c.Model != filepath.Join(filepath.Dir(file), "file.onnx") || c.MaxRounds != 8 {
		t.Errorf("read %+v", c)
	}
	for key, want := range map[string]string{
		"bench.units": "--units", "bench.backends": "ACDEPLOY_BENCH_BACKENDS", "bench.threads": file + ":2:29", "max_rounds": "default", "output": "--output",
	} {
		if got := c.Origin(key); got != want {
			t.Errorf("%s comes from %s, want %s", key, got, want)
		}
	}
}

// TestReadTakesNumbersInEverySource gives the same numbers in a file, in the environment and as flags.
func TestReadTakesNumbersInEverySource(t *testing.T) {
	for text, want := range map[string]float64{"1e-6": 1e-6, "5E-6": 5e-6, "2 %": 0.02, "2%": 0.02} {
		for key, get := range map[string]func(c configs.Config) float64{
			"verify.tolerance":     func(c configs.Config) float64 { return c.Verify.Tolerance },
			"gates.speedup_min":    func(c configs.Config) float64 { return c.Gates.SpeedupMin },
			"bench.margin":         func(c configs.Config) float64 { return float64(c.Bench.Margin) },
			"gates.latency.margin": func(c configs.Config) float64 { return float64(c.Gates.Latency.Margin) },
		} {
			parts := strings.Split(key, ".")
			last := len(parts) - 1
			file := strings.Join(parts[:last], ": {") + ": {" + parts[last] + ": " + text + strings.Repeat("}", last)
			check := func(source string, from configs.Sources) {
				t.Helper()
				if c, err := configs.Read(from, known()); err != nil || get(c) != want {
					t.Errorf("%s: %s from a %s is %v, %v", key, text, source, get(c), err)
				}
			}
			check("file", configs.Sources{File: written(t, file)})
			check("flag", configs.Sources{Flags: map[string]configs.Flag{key: {Name: "flag", Value: text, Given: true}}})
			t.Run(key+" "+text, func(t *testing.T) {
				t.Setenv(configs.Variable(key), text)
				check("variable", configs.Sources{})
			})
		}
	}
}

// TestReadTellsEveryFault gives a wrong value in each source.
func TestReadTellsEveryFault(t *testing.T) {
	t.Setenv("ACDEPLOY_MAX_ROUNDS", "many")
	flags := map[string]configs.Flag{
		"bench.units":          {Name: "units", Value: "few", Given: true},
		"gates.latency.margin": {Name: "margin", Value: "0", Given: true},
	}
	file := written(t, "modell: a\n")
	_, err := configs.Read(configs.Sources{File: file, Flags: flags}, known())
	if err == nil {
		t.Fatal("wrong values were taken")
	}
	for _, want := range []string{
		file + `:1:1: unknown field "modell", did you mean "model"?`,
		`ACDEPLOY_MAX_ROUNDS: want a whole number for max_rounds, found "many"`,
		`--units: want a whole number for bench.units, found "few"`,
		"--margin: margin must lie between 0 and 1 (2 % is 0.02), not 0",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	_, err = configs.Read(configs.Sources{}, known())
	if err == nil || strings.Contains(err.Error(), "units") {
		t.Errorf("without flags: %v", err)
	}
	if _, ok := errors.AsType[*configs.Error](err); !ok {
		t.Errorf("it is no fault of the configuration: %v", err)
	}
}
