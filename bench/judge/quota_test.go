package judge

import (
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/host"
)

func TestQuotaControl(t *testing.T) {
	unit := func(periods, throttled int64) bench.Unit {
		return bench.Unit{UnitRecord: bench.UnitRecord{Load: host.Change{Throttling: host.Throttling{Periods: &periods, Throttled: &throttled}}}}
	}
	unknown := bench.Unit{}
	for name, c := range map[string]struct {
		units []bench.Unit
		want  State
		says  string
	}{
		"unknown":       {[]bench.Unit{unknown}, Absent, "does not tell"},
		"no unit":       {nil, Absent, "does not tell"},
		"no quota":      {[]bench.Unit{unit(0, 0)}, OK, "no quota of processor time ran out"},
		"enough":        {[]bench.Unit{unit(300, 0)}, OK, "no quota of processor time ran out"},
		"the quota":     {[]bench.Unit{unit(300, 300), unit(374, 339)}, Fail, "throttled in 639 of 674 periods: this measures the quota"},
		"one unit is":   {[]bench.Unit{unit(1000, 0), unit(100, 6)}, Fail, "throttled in 6 of 1100 periods"},
		"hardly":        {[]bench.Unit{unit(1000, 0), unit(100, 5)}, Warn, "throttled in 5 of 1100 periods, in 5 % of those of a unit at most"},
		"partly known":  {[]bench.Unit{unit(300, 0), unknown}, OK, "of 1 of 2 units the system does not tell"},
		"known to fail": {[]bench.Unit{unit(300, 200), unknown}, Fail, "throttled in 200 of 300 periods"},
	} {
		g := (&judgement{setting: &bench.Setting{}, good: c.units}).quotaControl()
		if g.Name != ControlQuota || g.State != c.want {
			t.Errorf("%s: %+v", name, g)
		}
		mentions(t, g.Detail, c.says)
	}
}
