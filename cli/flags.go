package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// settingValue is a flag for a key of the configuration, which reads its text.
type settingValue struct{ text, kind string }

func (v *settingValue) String() string        { return v.text }
func (v *settingValue) Set(text string) error { v.text = text; return nil }
func (v *settingValue) Type() string          { return v.kind }

// listValue is a flag for a list in the configuration. It may be repeated, and each value may hold
// several words with commas between them.
type listValue struct {
	items []string
	kind  string
}

func (v *listValue) String() string {
	if len(v.items) == 0 {
		return ""
	}
	return "[" + strings.Join(v.items, ", ") + "]"
}

func (v *listValue) Set(text string) error { v.items = append(v.items, text); return nil }
func (v *listValue) Type() string          { return v.kind }

// keyAnnotation says which key of the configuration a flag sets.
const keyAnnotation = "configuration key"

// setting gives a command a flag for a key of the configuration.
func setting(cmd *cobra.Command, key, flag, kind, usage string) {
	var v interface {
		String() string
		Set(text string) error
		Type() string
	} = &settingValue{kind: kind}
	if kind == "list" || strings.HasPrefix(kind, "NAME") {
		v = &listValue{kind: kind}
	}
	f := cmd.Flags().VarPF(v, flag, "", usage)
	f.Annotations = map[string][]string{keyAnnotation: {key}}
}

// The groups of flags that several commands share.

func fuseSettings(cmd *cobra.Command) {
	setting(cmd, "passes", "passes", "list", "passes to run instead of the default pipeline, in this order")
	setting(cmd, "disable", "disable", "list", "passes to leave out")
	setting(cmd, "max_rewrites", "max-rewrites", "number", "stop after so many rewrites")
	setting(cmd, "max_rounds", "max-rounds", "number", "rounds over the passes")
}

func verifySettings(cmd *cobra.Command) {
	setting(cmd, "verify.data.path", "data", "path", "images (.npz) to compare top-1 over")
	setting(cmd, "verify.data.images", "images", "name", "array of images in the data (default images)")
	setting(cmd, "verify.data.labels", "labels", "name", "array of labels in the data (default labels)")
	setting(cmd, "verify.samples", "samples", "number", "generated inputs (default 3)")
	setting(cmd, "verify.seed", "seed", "number", "decides the generated inputs (default 1)")
	setting(cmd, "verify.tolerance", "tolerance", "number", "of rounding, relative to the output's scale (default derived from the model)")
}

func engineSettings(cmd *cobra.Command) {
	setting(cmd, "bench.backends", "backend", "list", "engines, with options as in '{ort: {provider: cpu}}' (default ort)")
	setting(cmd, "bench.shapes", "shape", "NAME=SIZE", "size of a symbolic dimension")
}

func benchSettings(cmd *cobra.Command) {
	setting(cmd, "bench.duration", "duration", "duration", "how long a comparison should take (default 1m)")
	setting(cmd, "bench.units", "units", "number", "fresh processes; fewer than 10 carry no verdict (default 12)")
	setting(cmd, "bench.adaptive", "adaptive", "true or false", "measure up to four times as many units, until the interval is narrow enough")
	setting(cmd, "bench.blocks", "blocks", "number", "blocks of a unit (default as many as fit)")
	setting(cmd, "bench.threads", "threads", "number", "threads within an operator (default 1)")
	setting(cmd, "bench.pin", "pin", "true or false", "keep each process on processors of its own (default true)")
	setting(cmd, "bench.streams", "streams", "number", "tell the throughput, too, of so many copies at once (default none)")
	setting(cmd, "bench.batch", "batch", "list", "sizes of a symbolic first dimension (default 1)")
	setting(cmd, "gates.latency.margin", "margin", "ratio", "difference up to which latencies are equivalent (default 2%)")
	setting(cmd, "gates.latency.require", "require", "verdict", "equivalent, faster or nothing (default equivalent)")
	setting(cmd, "gates.speedup_min", "speedup-min", "number", "times as fast as the model as trained that is asked for (default no gate)")
	setting(cmd, "gates.p99_max_degradation", "p99-max-degradation", "ratio", "excess over the baseline's p99 that is allowed (default no gate)")
}
