package ort

import (
	"strings"
	"testing"
)

// TestSessionSettings takes what onnxruntime understands, and names what it would pass over in silence.
func TestSessionSettings(t *testing.T) {
	for name, test := range map[string]struct{ key, value, want string }{
		"switch":   {"session.set_denormal_as_zero", "1", ""},
		"number":   {"session.intra_op.spin_duration_us", "250", ""},
		"text":     {"session.intra_op_thread_affinities", "1;2", ""},
		"misspelt": {"session.force_spining_stop", "1", `"session.force_spining_stop" is not known, did you mean "session.force_spinning_stop"?`},
		"word":     {"session.set_denormal_as_zero", "true", `session setting session.set_denormal_as_zero: value "true" is not of the form`},
		"negative": {"session.intra_op.spin_duration_us", "-1", `value "-1" is not of the form`},
		"nothing":  {"ep.context_file_path", "", `value "" is not of the form`},
		"NUL":      {"ep.context_file_path", "a\x00b", "is not of the form"},
	} {
		err := checkSession(map[string]string{test.key: test.value})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if err := checkSession(nil); err != nil {
		t.Errorf("without settings: %v", err)
	}
}
