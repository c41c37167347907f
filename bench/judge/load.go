package judge

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// muchWaiting is the share of their time that runs may wait for a processor before it is warned.
const muchWaiting = 0.05

// loadControl warns of what was taken from the CPU while it measured.
func (j *judgement) loadControl() Control {
	g := Control{Name: ControlLoad, State: Absent, Detail: "the system does not tell of steal"}
	known, stolen, timed := false, int64(0), int64(0)
	for _, u := range j.good {
		if n := u.Load.StealNanos; n != nil {
			known, stolen = true, stolen+*n
		}
		timed += timeInRuns(u)
	}
	if known && timed > 0 {
		g.State = OK
		g.Detail = fmt.Sprintf("the hypervisor took %s of the time", stats.Percent(float64(stolen)/float64(timed)))
		if stolen*100 > timed {
			g.State = Warn
		}
	}
	if share, ok := j.waited(); ok && share > muchWaiting {
		g.State = Warn
		g.Detail += fmt.Sprintf("; the runs waited for a processor in %s of their time, so something else ran on it", stats.Percent(share))
	}
	return g
}

// waited is the share of the time of all runs that their thread did not spend on a processor. Only a run
// on the CPU by one thread has nothing else to wait for.
func (j *judgement) waited() (share float64, ok bool) {
	if j.setting.CPUClock != "thread" || provider(j.setting.Provider) != "cpu" {
		return 0, false
	}
	wall, busy := int64(0), int64(0)
	for _, u := range j.good {
		wall += timeInRuns(u)
		for _, b := range u.Blocks {
			for _, ns := range b.CPU {
				busy += ns
			}
		}
	}
	return 1 - float64(busy)/float64(wall), wall > 0 && busy > 0
}

// timeInRuns is the time in all runs of a unit.
func timeInRuns(u bench.Unit) int64 {
	sum := int64(0)
	for _, b := range u.Blocks {
		for _, runs := range b.Wall {
			for _, ns := range runs {
				sum += ns
			}
		}
	}
	return sum
}
