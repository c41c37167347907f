package backendtest

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/tensor"
)

// broken is the reference backend with one promise broken.
type broken struct {
	*reference.Reference
	open func(backends.Session) backends.Session
}

func (b broken) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := b.Reference.Open(ctx, m, t)
	if err != nil {
		return nil, err
	}
	return b.open(s), nil
}

// faulty is a session whose runs or end are changed.
type faulty struct {
	backends.Session
	run   func(ctx context.Context, in tensor.Map) (tensor.Map, error)
	close func() error
}

func (f *faulty) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	if f.run == nil {
		return f.Session.Run(ctx, in)
	}
	return f.run(ctx, in)
}

func (f *faulty) Close() error {
	if f.close == nil {
		return f.Session.Close()
	}
	return f.close()
}

// idle claims to time itself.
type idle struct {
	backends.Session
	times backends.Times
}

func (i idle) Time(context.Context, tensor.Map, backends.Timing) (backends.Times, error) {
	return i.times, nil
}

// results is a session whose outputs are changed after the run.
func results(change func(in, out tensor.Map)) func(backends.Session) backends.Session {
	return func(s backends.Session) backends.Session {
		return &faulty{Session: s, run: func(ctx context.Context, in tensor.Map) (tensor.Map, error) {
			out, err := s.Run(ctx, in)
			if err == nil {
				change(in, out)
			}
			return out, err
		}}
	}
}

func TestEveryBrokenPromiseIsFound(t *testing.T) {
	scaled := func(x *tensor.Tensor, by float64) *tensor.Tensor {
		values := x.Float64s()
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v * by)
		}
		return tensor.Of(x.Shape(), narrow...)
	}
	tests := map[string]struct {
		open   func(backends.Session) backends.Session
		breaks []string
	}{
		"answers_off_by_a_little": {
			results(func(_, out tensor.Map) {
				for name, x := range maps.Clone(out) {
					out[name] = scaled(x, 1+1e-4)
				}
			}),
			[]string{"answers_as_reference", "any_batch", "several_inputs_and_outputs", "two_at_once", "type_float"},
		},
		"an_output_too_few": {
			results(func(_, out tensor.Map) { delete(out, "product") }),
			[]string{"several_inputs_and_outputs"},
		},
		"outputs_exchanged": {
			results(func(_, out tensor.Map) {
				if out["product"] != nil {
					out["product"], out["difference"] = out["difference"], out["product"]
				}
			}),
			[]string{"several_inputs_and_outputs"},
		},
		"batch_forgotten": {
			results(func(_, out tensor.Map) {
				if x := out["logits"]; x != nil {
					out["logits"] = tensor.Of([]int64{1, 5}, float32(x.Float64s()[0]), 0, 0, 0, 0)
				}
			}),
			[]string{"any_batch"},
		},
		"inputs_overwritten": {
			results(func(in, _ tensor.Map) {
				for name, x := range maps.Clone(in) {
					in[name] = scaled(x, 2)
				}
			}),
			[]string{"inputs_stay_as_they_are"},
		},
		"state_kept": {
			func(s backends.Session) backends.Session {
				var first tensor.Map
				return &faulty{Session: s, run: func(ctx context.Context, in tensor.Map) (tensor.Map, error) {
					out, err := s.Run(ctx, in)
					if first == nil {
						first = out
					}
					return first, err
				}}
			},
			[]string{"same_answer_again", "any_batch", "two_at_once"},
		},
		"cancelling_ignored": {
			func(s backends.Session) backends.Session {
				return &faulty{Session: s, run: func(ctx context.Context, in tensor.Map) (tensor.Map, error) {
					return s.Run(context.WithoutCancel(ctx), in)
				}}
			},
			[]string{"cancelled"},
		},
		"errors_without_a_name": {
			func(s backends.Session) backends.Session {
				return &faulty{Session: s, run: func(ctx context.Context, in tensor.Map) (tensor.Map, error) {
					out, err := s.Run(ctx, in)
					if err != nil {
						err = errors.New("it failed")
					}
					return out, err
				}}
			},
			[]string{"inputs_that_do_not_fit", "cancelled"},
		},
		"second_close_fails": {
			func(s backends.Session) backends.Session {
				closed := false
				return &faulty{Session: s, close: func() error {
					if closed {
						return errors.New("closed")
					}
					closed = true
					return s.Close()
				}}
			},
			[]string{"close_twice"},
		},
		"runs_after_close": {
			func(s backends.Session) backends.Session {
				return &faulty{Session: s, close: func() error { return nil }}
			},
			[]string{"close_twice"},
		},
		"too_few_times": {
			func(s backends.Session) backends.Session {
				return idle{s, backends.Times{Clock: backends.ClockGPU, Runs: []int64{1}}}
			},
			[]string{"times_itself"},
		},
		"times_of_no_clock": {
			func(s backends.Session) backends.Session {
				return idle{s, backends.Times{Runs: make([]int64, 9)}}
			},
			[]string{"times_itself"},
		},
		"negative_times": {
			func(s backends.Session) backends.Session {
				return idle{s, backends.Times{Clock: backends.ClockGPU, Runs: []int64{1, 1, 1, 1, 1, 1, -1}}}
			},
			[]string{"times_itself"},
		},
		"bytes_lost": {
			results(func(_, out tensor.Map) {
				if x := out["y"]; x != nil && x.Type() == tensor.Int64 {
					out["y"] = tensor.Of(x.Shape(), make([]int64, x.Len())...)
				}
			}),
			[]string{"type_int64"},
		},
	}
	claims := Claims{Types: []tensor.Type{tensor.Float32, tensor.Int64}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := map[string]error{}
			for _, c := range checks(claims) {
				found[c.name] = c.run(t.Context(), newSuite(broken{reference.New(), test.open}, claims, t.TempDir()))
			}
			for _, c := range test.breaks {
				if _, skipped := errors.AsType[lacking](found[c]); found[c] == nil || skipped {
					t.Errorf("%s found nothing wrong: %v", c, found[c])
				}
			}
		})
	}
}

func (d deaf) Open(ctx context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	return d.Reference.Open(ctx, m, backends.Tuning{})
}

func (n nameless) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := n.Reference.Open(ctx, m, t)
	if err != nil {
		err = errors.New("it cannot be opened")
	}
	return s, err
}
