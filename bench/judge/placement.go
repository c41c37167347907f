package judge

import (
	"fmt"
	"strings"
)

// placementControl asks that every node ran on the provider that was asked for.
func (j *judgement) placementControl() Control {
	g := Control{Name: ControlPlacement, State: Absent, Detail: "the engine does not tell where it runs nodes"}
	if j.setting.Provider == "" {
		g.Detail = "no provider was asked for"
		return g
	}
	nodes := 0
	var sizes []string
	for _, a := range j.setting.Arms {
		if a.Plan == nil {
			continue
		}
		for _, step := range a.Plan.Steps {
			if step.Provider == "" {
				continue
			}
			if step.ShapesOnly {
				sizes = append(sizes, fmt.Sprintf("%s of %s", step.Name, a.Name))
				continue
			}
			nodes++
			if provider(step.Provider) != provider(j.setting.Provider) {
				g.State = Fail
				g.Detail = fmt.Sprintf("node %q (%s) of %s runs on %s instead of %s",
					step.Name, step.Op, a.Name, step.Provider, j.setting.Provider)
				return g
			}
		}
	}
	if nodes > 0 {
		g.State, g.Detail = OK, fmt.Sprintf("all %d nodes run on %s", nodes, j.setting.Provider)
		if len(sizes) > 0 {
			g.Detail += "; on the CPU are only those that compute sizes: " + strings.Join(sizes, ", ")
		}
	}
	return g
}

// provider is the short name of an execution provider: CPUExecutionProvider is cpu.
func provider(name string) string {
	return strings.TrimSuffix(strings.ToLower(name), "executionprovider")
}
