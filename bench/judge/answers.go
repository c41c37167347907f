package judge

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/bench"
)

// answerControls reports on each candidate's answers against those of its function, and on all other
// answers together.
func (j *judgement) answerControls() []Control {
	general := Control{Name: ControlAnswers, State: OK, Detail: "every arm repeats its first answer, the baseline's copy agrees with it"}
	candidates := map[int]*Control{}
	for i, a := range j.setting.Arms {
		if a.Role == bench.RoleCandidate {
			candidates[i] = &Control{Name: ControlAnswers, Candidate: a.Name, State: Absent, Detail: "nothing to compare the answers with, no other arm is said to be the same function"}
		}
	}
	for _, u := range j.good {
		for _, a := range u.Answers {
			addAnswer(&general, candidates, a, j.setting.Arms)
		}
	}
	if len(j.good) == 0 {
		general.State, general.Detail = Absent, "no good unit"
	}
	all := []Control{general}
	for i := range j.setting.Arms {
		if g := candidates[i]; g != nil {
			all = append(all, *g)
		}
	}
	return all
}

// addAnswer adds one comparison of answers to the control that it concerns.
func addAnswer(general *Control, candidates map[int]*Control, a bench.Answer, arms []bench.RecordedArm) {
	arm, with := indexOf(a.Arm, arms), indexOf(a.With, arms)
	g, own := general, candidates[arm]
	name := arms[arm].Name
	if arm == bench.Control {
		name = "the copy of " + name
	}
	what := name + " does not repeat its first answer"
	if a.Arm != a.With {
		what = fmt.Sprintf("%s does not answer as %s", name, arms[with].Name)
		if own != nil {
			g = own
		}
	}
	switch {
	case !a.Equal && g.State != Fail:
		g.State, g.Detail = Fail, what+": "+a.Detail
	case a.Equal && g.State == Absent:
		g.State, g.Detail = OK, fmt.Sprintf("agrees with %s", arms[with].Name)
	}
}

// indexOf is the arm of a letter, the first one for a letter that no arm has.
func indexOf(letter string, arms []bench.RecordedArm) int {
	return max(0, slices.IndexFunc(arms, func(a bench.RecordedArm) bool { return a.Letter == letter }))
}
