package judge

import (
	"github.com/acdeploy/acdeploy/bench"
)

// Precise is the stopping rule of an adaptive measurement: it reports whether the interval of every candidate
// in the last setting is narrow enough, whatever the verdict.
func Precise(soFar bench.Recording) bool {
	return judging(&soFar.Settings[len(soFar.Settings)-1], soFar.Options).precise()
}

func (j *judgement) precise() bool {
	for i, a := range j.setting.Arms {
		if a.Role == bench.RoleCandidate && !j.paired(j.logRatios(i)).Precise() {
			return false
		}
	}
	return true
}

// target is the number of units after which the measurement was to end, as far as it came, and whether it was
// interrupted before.
func (j *judgement) target() (units int, interrupted bool) {
	reached := 0 // units that were measured, or lost for good
	for _, u := range j.setting.Good() {
		reached = max(reached, u.Unit+1)
	}
	for _, f := range j.setting.Failures {
		if f.Attempt > 0 {
			reached = max(reached, f.Unit+1)
		}
	}
	looks := j.options.Looks()
	at := 0
	for at < len(looks)-1 && looks[at] < reached {
		at++
	}
	switch {
	case !j.cut:
		return looks[at], false
	case reached < looks[at]:
		return looks[at], true
	case at < len(looks)-1 && !j.precise():
		return looks[at+1], true
	}
	return looks[at], false
}
