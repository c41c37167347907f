package reports

import (
	"regexp"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
)

// LayerTime is what the layers of a model take together under the profiler of its engine, in nanoseconds; 0 where that does not tell.
func LayerTime(a judge.ArmRecord) int64 {
	var total int64
	if a.Plan != nil {
		for _, s := range a.Plan.Steps {
			total += s.Nanoseconds
		}
	}
	return total
}

// output is how exporters end the name of a node's output.
var output = regexp.MustCompile(`_output_\d+$`)

// LayerNode is the node that a step of an engine stands for, by its name in the file: ONNX Runtime names what it made of several nodes
// after the output of the last.
func LayerNode(step string) string {
	return output.ReplaceAllString(strings.TrimSuffix(step, "_nchwc"), "")
}
