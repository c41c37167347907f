package ort

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/acdeploy/acdeploy/catalog"
)

// The kinds of values that settings of an onnxruntime session take. onnxruntime reads a switch that
// is neither 0 nor 1 as 0, without a word.
var (
	onOff  = regexp.MustCompile(`^[01]$`)
	number = regexp.MustCompile(`^[0-9]+$`)
	text   = regexp.MustCompile(`^[^\x00]+$`)
)

// sessionKeys are the settings that reach onnxruntime, with the form of their values. onnxruntime
// accepts unknown keys in silence, so a misspelt one would do nothing.
func sessionKeys() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"session.intra_op.allow_spinning":    onOff,
		"session.intra_op.spin_duration_us":  number,
		"session.intra_op.spin_backoff_max":  number,
		"session.inter_op.allow_spinning":    onOff,
		"session.inter_op.spin_duration_us":  number,
		"session.inter_op.spin_backoff_max":  number,
		"session.force_spinning_stop":        onOff,
		"session.intra_op_thread_affinities": text,
		"session.dynamic_block_base":         number,
		"session.use_per_session_threads":    onOff,

		"session.set_denormal_as_zero":               onOff,
		"session.use_deterministic_compute":          onOff,
		"session.disable_prepacking":                 onOff,
		"session.graph_optimizations_loop_level":     number,
		"optimization.disable_specified_optimizers":  text,
		"optimization.enable_gelu_approximation":     onOff,
		"optimization.enable_cast_chain_elimination": onOff,
		"session.disable_cpu_ep_fallback":            onOff,
		"session.record_ep_graph_assignment_info":    onOff,
		"ep.context_enable":                          onOff,
		"ep.context_file_path":                       text,
		"ep.context_embed_mode":                      onOff,
	}
}

// checkSession reports the first setting that onnxruntime would not understand.
func checkSession(settings map[string]string) error {
	known := sessionKeys()
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		form, ok := known[key]
		if !ok {
			return fmt.Errorf("session setting %q is not known%s", key, catalog.Suggest(key, slices.Sorted(maps.Keys(known))))
		}
		if value := settings[key]; !form.MatchString(value) {
			return fmt.Errorf("session setting %s: value %q is not of the form %s", key, value, form)
		}
	}
	return nil
}
