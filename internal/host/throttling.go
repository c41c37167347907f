package host

import "path/filepath"

// Throttling is how a quota of processor time ran out, as counters or between two readings of them. A group without a
// quota counts no periods.
type Throttling struct {
	Periods        *int64 `json:"periods"`               // periods of the quota in which there was work
	Throttled      *int64 `json:"throttled"`             // periods in which the quota ran out
	ThrottledNanos *int64 `json:"throttled_nanoseconds"` // how long the group waited for the next period
}

// Share is the share of the periods in which the quota ran out; false where that is not known. Without periods it is 0.
func (t Throttling) Share() (share float64, known bool) {
	switch {
	case t.Periods == nil || t.Throttled == nil:
		return 0, false
	case *t.Periods <= 0:
		return 0, true
	}
	return float64(*t.Throttled) / float64(*t.Periods), true
}

// readThrottling reads the counters of the process's control group and of those around it: the quota of each holds for
// the process. A group in which processor time is not controlled does not count.
func readThrottling(root string) []Throttling {
	g := controlGroups(root, "cpu")
	var found []Throttling
	for _, dir := range g.folders {
		stat := readText(root, filepath.Join(dir, "cpu.stat"))
		t := Throttling{Periods: number(field(stat, "nr_periods")), Throttled: number(field(stat, "nr_throttled"))}
		if t.ThrottledNanos = number(field(stat, "throttled_time")); g.version == 2 {
			t.ThrottledNanos = scaled(number(field(stat, "throttled_usec")), 1000)
		}
		found = append(found, t)
	}
	return found
}

// worst is the group whose quota ran out most often.
func worst(all []Throttling) Throttling {
	var found Throttling
	for _, t := range all {
		share, known := t.Share()
		if most, some := found.Share(); known && (!some || share > most) {
			found = t
		}
	}
	return found
}

// throttledSince is the worst throttling of any group since an earlier reading.
func (l Load) throttledSince(before Load) Throttling {
	if len(l.Groups) == 0 || len(l.Groups) != len(before.Groups) {
		return l.Throttling.since(before.Throttling)
	}
	changes := make([]Throttling, len(l.Groups))
	for i, t := range l.Groups {
		changes[i] = t.since(before.Groups[i])
	}
	return worst(changes)
}

func (t Throttling) since(before Throttling) Throttling {
	return Throttling{
		Periods:        minus(t.Periods, before.Periods),
		Throttled:      minus(t.Throttled, before.Throttled),
		ThrottledNanos: minus(t.ThrottledNanos, before.ThrottledNanos),
	}
}

// readOOMKills counts the processes of the control group that were killed for want of memory, or else those of the
// whole system.
func readOOMKills(root string) *int64 {
	g := controlGroups(root, "memory")
	for _, dir := range g.folders {
		for _, name := range []string{"memory.events", "memory.oom_control"} {
			if n := number(field(readText(root, filepath.Join(dir, name)), "oom_kill")); n != nil {
				return n
			}
		}
	}
	return number(field(readText(root, "proc/vmstat"), "oom_kill"))
}
