package reports

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/verify"
)

// evidence is what the report knows beside latencies, as the gates ask for it.
func (r *Report) evidence(gates judge.Gates) judge.Evidence {
	e := judge.Evidence{Top1: r.right(), Absent: map[string]string{}}
	if v := r.Verify; v != nil {
		e.Proof, e.Enough = string(v.Proof), v.Equal && v.Proof.AtLeast(verify.Proof(gates.Proof))
	}
	if f := r.Fuse; f != nil {
		refusals, convs := len(f.Refusals), f.After.Ops["Conv"]
		e.Refusals, e.Convs, e.Bytes[0] = &refusals, &convs, f.Input.Bytes
		if f.Output != nil {
			e.Bytes[1] = f.Output.Bytes
		}
	}
	if r.Baseline != nil {
		n := r.Baseline.Ops["Conv"]
		e.Baseline = &n
	}
	for _, name := range gates.Engines {
		if why, ran := r.ran(name); !ran {
			e.Absent[name] = why
		}
	}
	return e
}

// right counts the right answers; nil without labels.
func (r *Report) right() *judge.Right {
	if r.Verify == nil {
		return nil
	}
	for _, c := range r.Verify.Checks {
		if t := c.Top1; t != nil && finite(float64(t.Before)) && finite(float64(t.After)) {
			count := func(share verify.Number) int { return int(math.Round(float64(share) * float64(t.Samples))) }
			return &judge.Right{Before: count(t.Before), After: count(t.After), Of: t.Samples}
		}
	}
	return nil
}

// ran reports whether an engine, by its name or with its provider as in ort:cuda, was measured, and why not.
func (r *Report) ran(name string) (why string, ran bool) {
	name, provider, _ := strings.Cut(name, ":")
	is := func(backend, on string) bool {
		return backend == name && (provider == "" || on == provider || on == "" && provider == "cpu")
	}
	for _, a := range r.Arms {
		if is(a.Backend, a.Provider) && len(a.Units) > 0 {
			return "", true
		}
	}
	for _, s := range r.Skipped {
		if is(s.Backend, s.Provider) {
			return skipReason(s), false
		}
	}
	return "it was not measured", false
}

func skipReason(s backends.Skip) string {
	if s.Remedy == "" {
		return s.Reason
	}
	return s.Reason + "; " + s.Remedy
}

// engineWord is the word for an engine of a configuration, given as a name or as {name: options}.
func engineWord(component json.RawMessage) string {
	var name string
	if json.Unmarshal(component, &name) == nil {
		return name
	}
	var options map[string]struct {
		Provider string `json:"provider"`
	}
	if json.Unmarshal(component, &options) == nil {
		for name, o := range options {
			if o.Provider == "" {
				return name
			}
			return name + ":" + o.Provider
		}
	}
	return ""
}
