package reports

import (
	"fmt"

	"github.com/acdeploy/acdeploy/internal/human"
)

const maxRefusals = 20 // shown; the rest is in the report

// rewrites shows what each pass did.
func (r *Report) rewrites() (Section, bool) {
	f := r.Fuse
	if f == nil {
		return Section{}, false
	}
	s := Section{Title: "Rewrites"}
	rounds := human.Count(f.Rounds, "round")
	switch {
	case len(f.Rewrites) == 0:
		s.Lead = []string{"Nothing to rewrite was found."}
	case f.Converged:
		s.Lead = []string{fmt.Sprintf("%s in %s, until nothing was left to do.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	default:
		s.Lead = []string{fmt.Sprintf("%s in %s; a limit ended the run before everything was done.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	}
	s.Table = newTable("pass", ">rewrites", ">refusals", ">time")
	for _, p := range f.Passes {
		s.Table.add(p.Name, orDash(int64(p.Rewrites)), orDash(int64(p.Refusals)), human.Duration(p.Nanoseconds))
	}
	return s, true
}

// refusals shows what was left as it was.
func (r *Report) refusals() (Section, bool) {
	if r.Fuse == nil || len(r.Fuse.Refusals) == 0 {
		return Section{}, false
	}
	s := Section{Title: "Left as it was, and why"}
	for i, f := range r.Fuse.Refusals {
		if i == maxRefusals {
			s.Items = append(s.Items, fmt.Sprintf("… and %d more, all of them in the report.", len(r.Fuse.Refusals)-i))
			break
		}
		s.Items = append(s.Items, fmt.Sprintf("%s: %s (%s, %s)", f.Node, f.Detail, f.Pass, f.Reason))
	}
	return s, true
}
