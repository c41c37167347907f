package configs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fuse is a component with options.
type fuse struct {
	MaxKernel int `yaml:"max_kernel"`
}

type plain struct{}

// engine is a component that checks its options.
type engine struct {
	Provider string `yaml:"provider"`
}

func (e *engine) Validate() error {
	if e.Provider != "cpu" && e.Provider != "cuda" {
		return fmt.Errorf("provider %q is not known; known are cpu, cuda", e.Provider)
	}
	return nil
}

func known() configs.Catalogs {
	entry := func(name string, made func() any) catalog.Entry[any] {
		return catalog.Entry[any]{Name: name, Doc: "is " + name, New: made}
	}
	none := func() any { return &plain{} }
	return configs.Known(
		catalog.Catalog[any]{
			entry("fold_batchnorm", none),
			entry("fuse_branches", func() any { return &fuse{MaxKernel: 7} }),
			entry("remove_unused", none),
		},
		catalog.Catalog[any]{
			entry("ort", func() any { return &engine{Provider: "cpu"} }),
			entry("reference", none),
		},
	)
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func verdict(s string) judge.Verdict { return judge.Verdict(s) }

func TestDefaultsAreValidOnceThereIsAModel(t *testing.T) {
	c := configs.Defaults()
	if err := c.Validate(shipped()); err == nil {
		t.Error("a configuration without a model is accepted")
	}
	c.Model = "a.onnx"
	if err := c.Validate(shipped()); err != nil {
		t.Error(err)
	}
}

func TestTheGateDecidesOnVerdicts(t *testing.T) {
	tests := []struct {
		require judge.Requirement
		passes  string
	}{
		{judge.RequireEquivalent, "equivalent faster"},
		{judge.RequireFaster, "faster"},
		{judge.RequireNothing, "equivalent faster slower not_shown invalid"},
	}
	for _, test := range tests {
		for _, v := range []string{"equivalent", "faster", "slower", "not_shown", "invalid"} {
			want := strings.Contains(test.passes, v)
			if got := test.require.Passes(verdict(v)); got != want {
				t.Errorf("%s with %s: %v", test.require, v, got)
			}
		}
	}
}

func TestTheGatesMarginIsThatOfTheMeasurement(t *testing.T) {
	c := parse(t, "model: a.onnx\ngates: {latency: {margin: 5%}}\n")
	if got := c.Measurement().Margin; got != 0.05 {
		t.Errorf("margin %v", got)
	}
	if got := parse(t, "model: a.onnx\n").Measurement().Margin; got != 0.02 {
		t.Errorf("default margin %v", got)
	}
}
