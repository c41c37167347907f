package host

import (
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Limits are what the system allows this process. Those of control groups are the tightest of its own group and of
// the groups around it.
type Limits struct {
	Cgroup      string `json:"cgroup"`       // version of the control groups that limit processors: "v1", "v2"
	CPUQuota    string `json:"cpu_quota"`    // the quota and its period in microseconds, "max" in place of the quota for none
	Cpuset      string `json:"cpuset"`       // CPUs of the control group, as a list of ranges
	MemoryLimit string `json:"memory_limit"` // of the control group, in bytes; "max" for none
	Affinity    string `json:"affinity"`     // CPUs this process may run on, as a list of ranges
	Isolated    string `json:"isolated"`     // CPUs kept free of other work, "" for none
}

// Unlimited is the text of a limit that is known not to be set.
const Unlimited = "max"

// ReadLimits reads the limits. It is quick.
func ReadLimits() Limits { return readLimits("/") }

func readLimits(root string) Limits {
	l := Limits{
		Cgroup:      Unavailable,
		CPUQuota:    Unavailable,
		Cpuset:      Unavailable,
		MemoryLimit: Unavailable,
		Affinity:    field(readText(root, "proc/self/status"), "Cpus_allowed_list"),
		Isolated:    readText(root, "sys/devices/system/cpu/isolated"),
	}
	if g := controlGroups(root, "cpu"); g.version > 0 {
		l.Cgroup = "v" + strconv.Itoa(g.version)
		l.CPUQuota = g.tightest(root, quotaOf, quotaShare)
	}
	l.MemoryLimit = controlGroups(root, "memory").tightest(root, memoryOf, memoryBytes)
	for _, dir := range controlGroups(root, "cpuset").folders {
		for _, name := range []string{"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"} {
			if text := readText(root, filepath.Join(dir, name)); text != Unavailable && text != "" && l.Cpuset == Unavailable {
				l.Cpuset = text
			}
		}
	}
	return l
}

// tightest is the least of a limit over the groups, each read as a text that has a size: [Unlimited] or the like where no
// group has one, [Unavailable] where none tells.
func (g groups) tightest(root string, read func(root, dir string, version int) string, size func(string) float64) string {
	found := Unavailable
	if g.whole {
		found = Unlimited
	}
	least := math.Inf(1)
	for _, dir := range g.folders {
		text := read(root, dir, g.version)
		if text == Unavailable {
			continue
		}
		if s := size(text); s < least || found == Unavailable || found == Unlimited {
			found, least = text, s
		}
	}
	return found
}

// quotaOf is the quota of a group in the form of version 2, "150000 100000" or "max 100000".
func quotaOf(root, dir string, version int) string {
	if version == 2 {
		return readText(root, filepath.Join(dir, "cpu.max"))
	}
	quota, period := readText(root, filepath.Join(dir, "cpu.cfs_quota_us")), readText(root, filepath.Join(dir, "cpu.cfs_period_us"))
	switch {
	case quota == Unavailable || period == Unavailable:
		return Unavailable
	case strings.HasPrefix(quota, "-"):
		quota = Unlimited
	}
	return quota + " " + period
}

// quotaShare is how many processors a quota amounts to; infinite for none, and for a text that is no quota.
func quotaShare(text string) float64 {
	first, second, _ := strings.Cut(text, " ")
	quota, period := number(first), number(second)
	if quota == nil || period == nil || *quota <= 0 || *period <= 0 {
		return math.Inf(1)
	}
	return float64(*quota) / float64(*period)
}

// memoryOf is the memory limit of a group. Version 1 writes none as a number that no memory has.
func memoryOf(root, dir string, version int) string {
	if version == 2 {
		return readText(root, filepath.Join(dir, "memory.max"))
	}
	text := readText(root, filepath.Join(dir, "memory.limit_in_bytes"))
	if n := number(text); n != nil && *n >= 1<<60 {
		return Unlimited
	}
	return text
}

// memoryBytes is a memory limit as a number; infinite for none.
func memoryBytes(text string) float64 {
	if n := number(text); n != nil {
		return float64(*n)
	}
	return math.Inf(1)
}

// Memory is how many bytes the process may use; nil where that is not limited or not known.
func (l Limits) Memory() *int64 { return number(l.MemoryLimit) }

// Quota is how many processors the quota amounts to; false where there is none or it is not known.
func (l Limits) Quota() (processors float64, limited bool) {
	share := quotaShare(l.CPUQuota)
	return share, !math.IsInf(share, 1)
}

// Processors is how many processors the process can keep busy: those that it may run on, and no more than its quota.
func (l Limits) Processors() float64 {
	allowed := float64(runtime.NumCPU())
	if quota, limited := l.Quota(); limited {
		return min(allowed, quota)
	}
	return allowed
}
