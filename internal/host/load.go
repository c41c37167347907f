package host

import (
	"strings"
)

// Load is what disturbs a measurement, at one moment. It is quick to read. Counters only grow; the
// difference of two readings tells what happened between them.
type Load struct {
	Average1       string `json:"average_1m"`        // runnable processes, mean of the last minute
	PressureSome   string `json:"pressure_some"`     // percent of the last 10 s in which some process waited for a CPU
	PressureMicros *int64 `json:"pressure_micros"`   // counter: time in which some process waited for a CPU
	StealNanos     *int64 `json:"steal_nanoseconds"` // counter: time that the hypervisor took, all CPUs
	Throttling
	OOMKills   *int64 `json:"oom_kills"`        // counter: processes that were killed for want of memory
	Switches   *int64 `json:"context_switches"` // counter, whole system
	CurrentKHz *int64 `json:"current_khz"`      // clock of the first CPU

	Groups []Throttling `json:"-"` // what each control group around the process tells, of which Throttling is the worst
}

// Now reads the load.
func Now() Load { return readLoad("/") }

func readLoad(root string) Load {
	stat := readText(root, "proc/stat")
	pressure, _, _ := strings.Cut(readText(root, "proc/pressure/cpu"), "\n")
	average, _, _ := strings.Cut(readText(root, "proc/loadavg"), " ")
	l := Load{
		Average1:       average,
		PressureSome:   setting(pressure, "avg10"),
		PressureMicros: number(setting(pressure, "total")),
		StealNanos:     stealNanos(field(stat, "cpu")),
		Switches:       number(field(stat, "ctxt")),
		CurrentKHz:     number(readText(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")),
	}
	l.Groups = readThrottling(root)
	l.Throttling = worst(l.Groups)
	l.OOMKills = readOOMKills(root)
	return l
}

// stealNanos is the eighth column of the cpu line of /proc/stat, in ticks of 10 ms (see proc(5);
// USER_HZ is 100 on every Linux).
func stealNanos(cpu string) *int64 {
	columns := strings.Fields(cpu)
	if len(columns) < 8 {
		return nil
	}
	return scaled(number(columns[7]), 10_000_000)
}

func scaled(n *int64, by int64) *int64 {
	if n != nil {
		*n *= by
	}
	return n
}

// setting is the value of name in a line of name=value words, or [Unavailable].
func setting(line, name string) string {
	for word := range strings.FieldsSeq(line) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return Unavailable
}

// Change is what happened between two readings of the load; null where the system does not tell.
type Change struct {
	PressureMicros *int64 `json:"pressure_micros"`   // time that tasks waited for a processor
	StealNanos     *int64 `json:"steal_nanoseconds"` // time that a hypervisor took away
	Throttling
	OOMKills *int64 `json:"oom_kills"`        // processes that were killed for want of memory
	Switches *int64 `json:"context_switches"` // context switches
}

// Since is the change from an earlier reading.
func (l Load) Since(before Load) Change {
	return Change{
		PressureMicros: minus(l.PressureMicros, before.PressureMicros),
		StealNanos:     minus(l.StealNanos, before.StealNanos),
		Throttling:     l.throttledSince(before),
		OOMKills:       minus(l.OOMKills, before.OOMKills),
		Switches:       minus(l.Switches, before.Switches),
	}
}

func minus(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	d := *a - *b
	return &d
}
