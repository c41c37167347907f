// Package configs is the file that acdeploy run reads, as Go types and as ready-to-run YAML.
//
// A file is read over the defaults: what it does not mention keeps its default. Reading is strict and
// tells everything that is wrong at once, each fault with file, line, column and the line itself.
// Paths in a file are relative to the folder of that file. Those of flags and variables are relative to the
// current directory.
//
// Components, the passes and backends, are named by a word, or by a word with options. Which words and
// which options there are is known only to the program that holds the catalogs; see
// [Config.Validate] and [Component.Decode].
package configs

import (
	"cmp"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/verify"
)

// Version is the version of the configuration that this program reads.
const Version = 1

// Config says what to rewrite, how to verify it, where to measure it and what to require.
type Config struct {
	Version  int      `yaml:"version" doc:"version of this format; there is only 1"`
	Model    string   `yaml:"model" path:"input" doc:"the network as trained, with its branches (.onnx)"`
	Baseline string   `yaml:"baseline" path:"input" doc:"the plain network whose latency it must match (.onnx); empty measures against the network as trained"`
	Output   string   `yaml:"output" path:"output" doc:"where the fused model goes; empty for fused.onnx in the folder of the report"`
	Weights  string   `yaml:"weights" doc:"where large weights of the fused model go: external, to a data file next to it, or inline, into its own file, which can have 2 GiB at most; empty keeps them where they came from, and takes a data file from 2 GiB on"`
	Shard    float64  `yaml:"shard" doc:"how many GB a data file of the fused model may have before another begins, at least 0.001; a tensor is never split; 0 for one file"`
	Report   string   `yaml:"report" path:"output" doc:"folder of report.json"`
	Reports  []string `yaml:"reports" doc:"formats in which the report is written into its folder as well, such as junit or markdown; acdeploy report --help lists them"`

	Release      string `yaml:"release" path:"output" doc:"folder that gets the fused model with its evidence when all gates pass; empty for none"`
	ReleaseName  string `yaml:"release_name" doc:"name of the model in a registry; empty for the name of the model's file"`
	ReleaseAlias string `yaml:"release_alias" doc:"alias in a registry that points to the version when all gates passed, such as champion; empty for none"`

	Passes      []Component `yaml:"passes,omitempty" doc:"passes to run, in this order, instead of the default pipeline: names, or names with options"`
	Disable     []string    `yaml:"disable" doc:"passes to leave out"`
	Enable      []Component `yaml:"enable,omitempty" doc:"passes to run after all others, such as equalize_channels, which does not run by default: names, or names with options"`
	MaxRewrites int         `yaml:"max_rewrites" doc:"stop after so many rewrites, 0 for no limit; acdeploy bisect finds a bad rewrite by it"`
	MaxRounds   int         `yaml:"max_rounds" doc:"rounds over the passes, at least 1; they end sooner when a round changes nothing"`

	PassTimeout time.Duration `yaml:"pass_timeout" doc:"how long one pass may run at a time; the command then ends with its name and where it was; 0 for no limit"`
	MaxMemory   float64       `yaml:"max_memory" doc:"how many GB of memory the program may hold while a pass runs, mapped files not counted; the command then ends with the pass's name and where it was; 0 for no limit"`

	MaxGrowth float64 `yaml:"max_growth" doc:"how many times as large as before the constants of the fused model may be, beside 64 MB more, at least 1; 0 for no limit"`

	RequireFused bool `yaml:"require_fused" doc:"exit code 4 when no batch normalisation was folded and no branch merged"`

	Verify  verify.Options `yaml:"verify" doc:"whether the fused model gives the same answers as the network as trained"`
	Bench   Bench          `yaml:"bench" doc:"how latency is measured: every unit is a fresh process, in which the models take turns, run by run"`
	Gates   judge.Gates    `yaml:"gates" doc:"what the run must show; exit code 4 otherwise"`
	Runtime Runtime        `yaml:"runtime" doc:"where the libraries of engines are"`

	src    *source          // nil for a configuration that was not read
	places map[string]place // of every key that was given
	notes  []Note           // what to tell of it that is no fault
}

// Bench is how and where to measure.
type Bench struct {
	bench.Options `yaml:",inline"`
	Backends      []Backend `yaml:"backends" doc:"engines, by name or with options as in {ort: {provider: cpu}}; one that is not available is skipped, or with required: true is an error (exit code 5)"`
}

// Runtime is where libraries are found.
type Runtime struct {
	Library string `yaml:"library" path:"input" executes:"true" doc:"path of libonnxruntime; empty looks at the usual places, which acdeploy doctor shows"`
}

// Defaults is the configuration of an empty file.
func Defaults() Config {
	return Config{
		Version:     Version,
		Report:      "acdeploy-report",
		MaxRounds:   8,
		PassTimeout: 10 * time.Minute,
		MaxGrowth:   2,
		Verify:      verify.Defaults(),
		Bench:       Bench{Options: bench.Defaults(), Backends: []Backend{{Component: Named("ort")}}},
		Gates:       judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireEquivalent}},
	}
}

// Measurement is the options of the bench section with the margin that the latency gate asks for.
func (c Config) Measurement() bench.Options {
	o := c.Bench.Options
	if m := c.Gates.Latency.Margin; m > 0 {
		o.Margin = m
	}
	return o
}

// ForRun is the configuration with what a run asks for that nobody relaxed: a proof by algebra.
func (c Config) ForRun() Config {
	c.Gates.Proof = cmp.Or(c.Gates.Proof, string(verify.Algebra))
	return c
}
