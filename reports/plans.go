package reports

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// plans shows where a candidate runs something else than its baseline.
func (r *Report) plans() (Section, bool) {
	s := Section{Title: "What the engine runs", Table: newTable("engine", "model", ">operators", ">baseline's", "plan")}
	told := map[string]bool{} // the same models differ alike at every batch
	for _, c := range r.Comparisons {
		p, who := c.Plan, engine(c.Backend, c.Provider)+" "+c.Candidate
		if p.State == "" || p.State == judge.PlansUnknown {
			continue
		}
		s.Table.add(SettingName(c.Key), r.Label(c.Candidate), human.Thousands(int64(p.Candidate)), human.Thousands(int64(p.Baseline)), planWord(p))
		if p.CandidateNote != "" {
			s.Items = append(s.Items, fmt.Sprintf("%s, %s: %s.", SettingName(c.Key), r.Label(c.Candidate), p.CandidateNote))
		}
		if told[who] {
			continue
		}
		told[who] = true
		for i, d := range p.Differences {
			if i == maxPlanLines {
				s.Items = append(s.Items, fmt.Sprintf("… and %d more; the first ones are in the report.", p.Differing-i))
				break
			}
			s.Items = append(s.Items, r.planLine(c, d)+took(d))
		}
	}
	return s, len(s.Table.Rows) > 0
}

const maxPlanLines = 5

func planWord(p judge.PlanDiff) string {
	switch p.State {
	case judge.PlansEqual:
		return "identical"
	case judge.PlansReordered:
		return "the same operators in another order"
	}
	return fmt.Sprintf("%d differ", p.Differing)
}

func (r *Report) planLine(c judge.Comparison, d judge.PlanDifference) string {
	switch {
	case d.Baseline == nil && d.Candidate == nil:
		return "nothing"
	case d.Baseline == nil:
		return fmt.Sprintf("%s only: %s %s %s", r.Label(c.Candidate), d.Candidate.Op, d.Candidate.Name, d.Candidate.Detail)
	case d.Candidate == nil:
		return fmt.Sprintf("%s only: %s %s %s", r.Label(c.Baseline), d.Baseline.Op, d.Baseline.Name, d.Baseline.Detail)
	}
	x, y := d.Candidate, d.Baseline
	if x.Op != y.Op {
		return fmt.Sprintf("%s %s in place of %s %s", x.Op, x.Name, y.Op, y.Name)
	}
	return fmt.Sprintf("%s %s in place of %s, %s", x.Op, x.Name, y.Name, changed(d))
}

// took says how long two steps take under the engine's profiler, where it tells.
func took(d judge.PlanDifference) string {
	x, y := d.Candidate, d.Baseline
	switch {
	case x != nil && y != nil && x.Nanoseconds > 0 && y.Nanoseconds > 0:
		return fmt.Sprintf(", %s instead of %s", human.Duration(x.Nanoseconds), human.Duration(y.Nanoseconds))
	case x != nil && y == nil && x.Nanoseconds > 0:
		return ", " + human.Duration(x.Nanoseconds)
	case x == nil && y != nil && y.Nanoseconds > 0:
		return ", " + human.Duration(y.Nanoseconds)
	}
	return ""
}

// changed says how two steps of the same operator differ.
func changed(d judge.PlanDifference) string {
	x, y := d.Candidate, d.Baseline
	only, others := d.Unshared(words)
	here, there := strings.Join(others, " "), strings.Join(only, " ")
	switch {
	case here == "" && there == "" && x.Provider != y.Provider:
		return fmt.Sprintf("on %s instead of %s", x.Provider, y.Provider)
	case here == "" && there == "":
		return fmt.Sprintf("%s instead of %s", x.Detail, y.Detail)
	case here == "":
		return "without " + there
	case there == "":
		return "with " + here
	}
	return here + " instead of " + there
}

// words are those of a detail, its braces left out, or its parts between semicolons.
func words(detail string) []string {
	if strings.Contains(detail, judge.DetailSeparator) {
		return strings.Split(detail, judge.DetailSeparator)
	}
	return strings.Fields(strings.NewReplacer("{", " ", "}", " ").Replace(detail))
}

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
