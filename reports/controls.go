package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
)

// controls shows what the measurement's own checks found: those that succeeded by name, the others with
// what is wrong. Other plans have a section of their own.
func (r *Report) controls() (Section, bool) {
	s := Section{Title: "Checks of the measurement"}
	var names []string
	failed := map[string]bool{}
	for _, g := range r.Controls {
		name := controlName(g.Name)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		if g.State == judge.OK {
			continue
		}
		failed[name] = true
		if g.Name == judge.ControlPlans && g.State == judge.Warn {
			continue
		}
		if g.Candidate != "" {
			name += " of " + r.Label(g.Candidate)
		}
		s.Items = append(s.Items, fmt.Sprintf("%s: %s: %s: %s.", SettingName(g.Key), name, state(g.State), g.Detail))
	}
	names = slices.DeleteFunc(names, func(name string) bool { return failed[name] })
	if len(names) > 0 {
		s.Lead = []string{"Succeeded: " + strings.Join(names, ", ") + "."}
	}
	return s, len(s.Lead)+len(s.Items) > 0
}

// controlName is a control in words.
func controlName(name string) string {
	if name == judge.ControlAA {
		return "A/A control"
	}
	return strings.ReplaceAll(name, "_", " ")
}

func state(s judge.State) string {
	switch s {
	case judge.Fail:
		return "FAILED"
	case judge.Warn:
		return "warning"
	case judge.Absent:
		return "not checked"
	}
	return string(s)
}
