package ort

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestOwnThreads(t *testing.T) {
	for name, c := range map[string]struct {
		threads  int
		affinity string
		own, run int
		want     string
	}{
		"none":          {0, "", 0, 1, ""},
		"option":        {2, "", 2, 2, ""},
		"affinities":    {0, "1;2", 3, 3, ""},
		"both":          {2, "1", 2, 2, ""},
		"contradiction": {4, "1", 4, 4, "threads is 4, and session.intra_op_thread_affinities is for 2 threads"},
		"negative":      {-1, "", -1, 1, "threads is -1, it must not be negative"},
	} {
		o := New()
		o.Threads = c.threads
		if c.affinity != "" {
			o.Session = map[string]string{affinities: c.affinity}
		}
		if got := o.OwnThreads(); got != c.own {
			t.Errorf("%s: %d threads of its own, want %d", name, got, c.own)
		}
		if got := o.sessionOptions(0).Threads; got != c.run {
			t.Errorf("%s: a session has %d threads, want %d", name, got, c.run)
		}
		if err := o.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	// What a measurement asks for is a contradiction like any other.
	o := New()
	o.Session = map[string]string{affinities: "1"}
	if _, err := o.Tuned(backends.Tuning{Threads: 4}); err == nil {
		t.Error("affinities for two threads were taken for four")
	}
}
