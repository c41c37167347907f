package ort

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// event is one line of a profile.
type event struct {
	Category string `json:"cat"`
	Name     string `json:"name"`
	Start    int64  `json:"ts"`  // microseconds
	Took     int64  `json:"dur"` // microseconds
	Args     struct {
		Op       string               `json:"op_name"`
		Provider string               `json:"provider"`
		Index    string               `json:"node_index"`
		Inputs   []map[string][]int64 `json:"input_type_shape"`
		Outputs  []map[string][]int64 `json:"output_type_shape"`
	} `json:"args"`
}

// kernelSuffix marks the events that stand for the run of a kernel.
const kernelSuffix = "_kernel_time"

// parseProfile lists the kernels of the last run in a profile by their start, and, where they are timed, with the median of what
// they took in all runs. Earlier runs may have ended early.
func parseProfile(data []byte, timed bool) (backends.Plan, error) {
	var events []event
	if err := json.Unmarshal(data, &events); err != nil {
		return backends.Plan{}, err
	}
	plan := backends.Plan{}
	took := map[occurrence][]int64{}
	for _, run := range runsOf(events) {
		plan.Steps = nil
		seen := map[string]int{} // how often each name came
		for _, e := range run {
			name := strings.TrimSuffix(e.Name, kernelSuffix)
			plan.Steps = append(plan.Steps, backends.Step{
				Name:     name,
				Op:       e.Args.Op,
				Provider: e.Args.Provider,
				Detail:   typesAndShapes(e.Args.Inputs) + " -> " + typesAndShapes(e.Args.Outputs),
			})
			here := occurrence{name, seen[name]}
			took[here] = append(took[here], e.Took)
			seen[name]++
		}
	}
	if len(plan.Steps) == 0 {
		return plan, errors.New("the profile lists no kernel")
	}
	if timed {
		timeSteps(plan.Steps, took)
	}
	return plan, nil
}

// runsOf are the kernels of each run, in the order in which they started. The profiler writes down what ends, so a run comes behind its
// kernels. Its clock counts microseconds, in which a run and its first kernel may begin together.
func runsOf(events []event) [][]event {
	var runs [][]event
	var kernels []event
	for _, e := range events {
		switch {
		case e.Category == "Session" && e.Name == "model_run":
			runs, kernels = append(runs, kernels), nil
		case e.Category == "Node" && strings.HasSuffix(e.Name, kernelSuffix):
			kernels = append(kernels, e)
		}
	}
	if len(runs) == 0 {
		runs = append(runs, kernels)
	}
	for _, run := range runs {
		slices.SortStableFunc(run, func(a, b event) int { return cmp.Compare(a.Start, b.Start) })
	}
	return runs
}

// occurrence tells the runs of a kernel apart that runs several times in one run of the model, as in a loop.
type occurrence struct {
	name  string
	times int // it ran before
}

// timeSteps gives each step the median of its times, in nanoseconds.
func timeSteps(steps []backends.Step, took map[occurrence][]int64) {
	seen := map[string]int{}
	for i, step := range steps {
		all := slices.Sorted(slices.Values(took[occurrence{step.Name, seen[step.Name]}]))
		seen[step.Name]++
		mid := len(all) / 2
		steps[i].Nanoseconds = (all[mid] + all[len(all)-1-mid]) * 1000 / 2
	}
}

// typesAndShapes writes a profile's list of tensors: float[1,3,32,32] float[16].
func typesAndShapes(list []map[string][]int64) string {
	var parts []string
	for _, item := range list {
		for typ, shape := range item {
			parts = append(parts, typ+"["+tensor.FormatShape(shape)+"]")
		}
	}
	return strings.Join(parts, " ")
}
