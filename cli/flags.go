package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/configs"
)

// settingValue is a flag for a key of the configuration, which reads its text.
type settingValue struct{ text, kind string }

func (v *settingValue) String() string        { return v.text }
func (v *settingValue) Set(text string) error { v.text = text; return nil }
func (v *settingValue) Type() string          { return v.kind }

// listValue is a flag for a list in the configuration. It may be repeated, and each value may hold
// several words with commas between them, in brackets or without.
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

// Set adds the words of one value.
func (v *listValue) Set(text string) error {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "["); ok && strings.HasSuffix(inner, "]") {
		text = strings.TrimSuffix(inner, "]")
	}
	v.items = append(v.items, text)
	return nil
}

// Type is what a value is called.
func (v *listValue) Type() string { return v.kind }

// keyAnnotation says which key of the configuration a flag sets.
const keyAnnotation = "configuration key"

// setting gives a command a flag for a key of the configuration, which also says what it means.
func setting(cmd *cobra.Command, key, flag, kind string) {
	var v interface {
		String() string
		Set(text string) error
		Type() string
	} = &settingValue{kind: kind}
	if kind == "list" || strings.HasPrefix(kind, "NAME") {
		v = &listValue{kind: kind}
	}
	f := cmd.Flags().VarPF(v, flag, "", configs.Doc(key))
	f.Annotations = map[string][]string{keyAnnotation: {key}}
	if kind == "bool" { // naming the flag is enough
		f.NoOptDefVal = "true"
	}
}

// The groups of flags that several commands share.

func fuseSettings(cmd *cobra.Command) {
	setting(cmd, "passes", "passes", "list")
	setting(cmd, "disable", "disable", "list")
	setting(cmd, "enable", "enable", "list")
	setting(cmd, "max_rewrites", "max-rewrites", "number")
	setting(cmd, "max_rounds", "max-rounds", "number")
	setting(cmd, "pass_timeout", passTimeout, "duration")
	setting(cmd, "max_memory", maxMemory, "GB")
}

const (
	requireFused = "require-fused"
	maxGrowth    = "max-growth"
	passTimeout  = "pass-timeout"
	maxMemory    = "max-memory"
)

// requireSettings is for the commands that write what the passes give: verify has none of them.
func requireSettings(cmd *cobra.Command) {
	setting(cmd, "require_fused", requireFused, "bool")
	setting(cmd, "max_growth", maxGrowth, "number")
}

func dataSettings(cmd *cobra.Command) {
	setting(cmd, "verify.data.path", "data", "path")
	setting(cmd, "verify.data.images", "images", "name")
}

func verifySettings(cmd *cobra.Command) {
	dataSettings(cmd)
	setting(cmd, "verify.data.labels", "labels", "name")
	setting(cmd, "verify.samples", "samples", "number")
	setting(cmd, "verify.seed", "seed", "number")
	setting(cmd, "verify.tolerance", "tolerance", "number")
	setting(cmd, "gates.proof", "require-proof", "proof")
	setting(cmd, "verify.layers", "layers", "bool")
}

const backendFlag = "backend"

func engineSettings(cmd *cobra.Command) {
	setting(cmd, "bench.backends", backendFlag, "list")
	setting(cmd, "bench.shapes", "shape", "NAME=SIZE")
	setting(cmd, "bench.ranges", "input-range", "NAME=LOW:HIGH")
	setting(cmd, "bench.timeout", "timeout", "duration")
}

func benchSettings(cmd *cobra.Command) {
	setting(cmd, "bench.duration", "duration", "duration")
	setting(cmd, "bench.units", "units", "number")
	setting(cmd, "bench.adaptive", "adaptive", "true or false")
	setting(cmd, "bench.blocks", "blocks", "number")
	setting(cmd, "bench.threads", "threads", "number")
	setting(cmd, "bench.pin", "pin", "true or false")
	setting(cmd, "bench.streams", "streams", "number")
	setting(cmd, "bench.batch", "batch", "list")
	latencySettings(cmd)
	setting(cmd, "gates.speedup_min", "speedup-min", "number")
	setting(cmd, "gates.p99_max_degradation", "p99-max-degradation", "ratio")
}

// latencySettings are what is asked of latencies that are measured, or were.
func latencySettings(cmd *cobra.Command) {
	setting(cmd, "gates.latency.margin", "margin", "ratio")
	setting(cmd, "gates.latency.require", "require", "verdict")
}
