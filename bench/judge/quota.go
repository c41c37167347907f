package judge

import (
	"fmt"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// muchThrottling is the share of the periods of a quota of processor time that may run out in a unit before its times
// are those of the quota.
const muchThrottling = 0.05

// quotaControl asks that the times are those of the models, and not of a quota that ran out meanwhile.
func (j *judgement) quotaControl() Control {
	g := Control{Name: ControlQuota, State: Absent, Detail: "the system does not tell whether a quota of processor time ran out"}
	periods, throttled, most, known := int64(0), int64(0), 0.0, 0
	for _, u := range j.good {
		share, ok := u.Load.Share()
		if !ok {
			continue
		}
		known, most = known+1, max(most, share)
		periods, throttled = periods+*u.Load.Periods, throttled+*u.Load.Throttled
	}
	switch {
	case known == 0:
		return g
	case most > muchThrottling:
		g.State = Fail
		g.Detail = fmt.Sprintf("throttled in %d of %d periods: this measures the quota; give it more processor time, or use fewer threads", throttled, periods)
	case throttled > 0:
		g.State = Warn
		g.Detail = fmt.Sprintf("throttled in %d of %d periods, in %s of those of a unit at most", throttled, periods, stats.Percent(most))
	default:
		g.State, g.Detail = OK, "no quota of processor time ran out"
	}
	if n := len(j.good) - known; n > 0 {
		g.Detail += fmt.Sprintf("; of %d of %d units the system does not tell", n, len(j.good))
	}
	return g
}
