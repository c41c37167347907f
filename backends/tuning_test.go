package backends_test

import (
	"context"
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// plain has no knobs.
type plain struct{}

func (plain) Describe() backends.Description { return backends.Description{Name: "plain"} }
func (plain) Check(context.Context) error    { return nil }
func (plain) Open(context.Context, backends.Model, backends.Tuning) (backends.Session, error) {
	return nil, errors.New("it opens nothing")
}

// wide has a knob for threads, of which it takes at most four.
type wide struct {
	plain
	threads int
}

func (w wide) Tuned(t backends.Tuning) (backends.Backend, error) {
	if err := t.Within("wide", backends.KnobThreads); err != nil {
		return w, err
	}
	if t.Threads > 4 {
		return w, errors.New("threads must be 1 to 4")
	}
	if t.Threads != 0 {
		w.threads = t.Threads
	}
	return w, nil
}

func TestTune(t *testing.T) {
	zero := 0
	for name, test := range map[string]struct {
		of   backends.Backend
		ask  backends.Tuning
		want string // the error
	}{
		"nothing_of_plain": {plain{}, backends.Tuning{}, ""},
		"plain":            {plain{}, backends.Tuning{Provider: "cuda"}, "plain cannot be tuned: it has no provider"},
		"first_device":     {plain{}, backends.Tuning{Device: &zero}, "plain cannot be tuned: it has no device"},
		"fallback":         {plain{}, backends.Tuning{Fallback: "/lib.so"}, "plain cannot be tuned: it has no library"},
		"wide":             {wide{}, backends.Tuning{Threads: 3}, ""},
		"another_knob":     {wide{}, backends.Tuning{Threads: 3, YieldIdle: true}, "wide has no yield_idle to tune; it has threads"},
		"too_wide":         {wide{}, backends.Tuning{Threads: 5}, "threads must be 1 to 4"},
	} {
		tuned, err := backends.Tune(test.of, test.ask)
		if said := message(err); said != test.want {
			t.Errorf("%s: %q, want %q", name, said, test.want)
		}
		if w, ok := tuned.(wide); ok && err == nil && w.threads != test.ask.Threads {
			t.Errorf("%s: tuned to %+v", name, w)
		}
	}
}

// TestTuneIfAble leaves an engine without the knob as it is, but not one that does not take the value.
func TestTuneIfAble(t *testing.T) {
	if b, able, err := backends.TuneIfAble(plain{}, backends.Tuning{Threads: 2}); able || err != nil || b != (plain{}) {
		t.Errorf("without the knob: %v %t %v", b, able, err)
	}
	if b, able, err := backends.TuneIfAble(wide{}, backends.Tuning{Threads: 2}); !able || err != nil || b.(wide).threads != 2 {
		t.Errorf("with the knob: %v %t %v", b, able, err)
	}
	if _, able, err := backends.TuneIfAble(wide{}, backends.Tuning{Threads: 9}); able || err == nil {
		t.Errorf("a value that it does not take: %t %v", able, err)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
