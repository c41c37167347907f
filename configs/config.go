// Package configs is the file that acdeploy run reads, as Go types and as ready-to-run YAML.
//
// A file is read over the defaults: what it does not mention keeps its default. Reading is strict and
// tells everything that is wrong at once, each fault with file, line, column and the line itself.
// Paths in a file are relative to the current directory, like paths on the command line.
//
// Components, the passes and backends, are named by a word, or by a word with options. Which words and
// which options there are is known only to the program that holds the catalogs; see
// [Config.Validate] and [Component.Decode].
package configs

import (
	"path/filepath"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/verify"
)

// Version is the version of the configuration that this program reads.
const Version = 1

// Config says what to rewrite, how to verify it, where to measure it and what to require.
type Config struct {
	Version  int    `yaml:"version"`
	Model    string `yaml:"model"`    // the network as trained
	Baseline string `yaml:"baseline"` // the plain network to compare latency with; "" for none
	Output   string `yaml:"output"`   // the fused model; "" puts it into the report directory
	Report   string `yaml:"report"`   // the directory for report.json

	Passes      []Component `yaml:"passes,omitempty"` // none is the default pipeline
	Disable     []string    `yaml:"disable"`          // passes to leave out
	MaxRewrites int         `yaml:"max_rewrites"`
	MaxRounds   int         `yaml:"max_rounds"`

	Verify  verify.Options `yaml:"verify"`
	Bench   Bench          `yaml:"bench"`
	Gates   judge.Gates    `yaml:"gates"`
	Runtime Runtime        `yaml:"runtime"`

	src    *source          // nil for a configuration that was not read
	places map[string]place // of every key that was given
}

// Bench is how and where to measure.
type Bench struct {
	bench.Options `yaml:",inline"`
	Backends      []Backend `yaml:"backends"`
}

// Runtime is where libraries are found.
type Runtime struct {
	Library string `yaml:"library"` // path of libonnxruntime; "" searches the usual places
}

// Defaults is the configuration of an empty file.
func Defaults() Config {
	return Config{
		Version:   Version,
		Report:    "acdeploy-report",
		MaxRounds: 8,
		Verify:    verify.Defaults(),
		Bench:     Bench{Options: bench.Defaults(), Backends: []Backend{{Component: Named("ort")}}},
		Gates:     judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireEquivalent}},
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

// FusedPath is where the fused model goes: the output, or a file in the report's directory.
func (c Config) FusedPath() string {
	if c.Output != "" {
		return c.Output
	}
	return filepath.Join(c.Report, "fused.onnx")
}
