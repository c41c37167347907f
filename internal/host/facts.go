package host

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Fact is one thing that is known of a machine, under a name for people. An empty value is not known.
type Fact struct{ Name, Value string }

// Machine lists everything that tells one machine, or its state, from another, and does not change from moment to moment.
func (f Facts) Machine() []Fact {
	return slices.Concat(f.CPU.facts(), f.Frequency.facts(), f.System.facts(), []Fact{
		{"machine", f.Identity},
		{"memory", amount(f.Memory.Total)},
		{"transparent huge pages", f.Memory.HugePages},
		{"version of the control groups", f.Limits.Cgroup},
		{"CPU quota", f.Limits.CPUQuota},
		{"CPUs of the control group", f.Limits.Cpuset},
		{"memory limit", f.Limits.MemoryLimit},
		{"allowed CPUs", f.Limits.Affinity},
		{"isolated CPUs", f.Limits.Isolated},
	}, f.devices())
}

func (c CPU) facts() []Fact {
	return []Fact{
		{"processor", c.Brand},
		{"processor's maker", c.Vendor},
		{"processor's family", strconv.Itoa(c.Family)},
		{"processor's model", strconv.Itoa(c.Model)},
		{"processor's stepping", strconv.Itoa(c.Stepping)},
		{"microcode", c.Microcode},
		{"physical cores", strconv.Itoa(c.PhysicalCores)},
		{"logical cores", strconv.Itoa(c.LogicalCores)},
		{"SMT", c.SMT},
		{"level of x86-64", strconv.Itoa(c.Level)},
		{"instruction sets", strings.Join(c.Features, " ")},
		{"first-level cache", strconv.Itoa(c.CacheL1D)},
		{"second-level cache", strconv.Itoa(c.CacheL2)},
		{"third-level cache", strconv.Itoa(c.CacheL3)},
		{"cache line", strconv.Itoa(c.CacheLine)},
		{"hypervisor", strconv.FormatBool(c.Hypervisor)},
	}
}

func (f Frequency) facts() []Fact {
	return []Fact{
		{"clock governor", f.Governor},
		{"clock driver", f.Driver},
		{"lowest clock", decimal(f.MinKHz)},
		{"highest clock", decimal(f.MaxKHz)},
		{"boost", f.Boost},
		{"turbo switched off", f.NoTurbo},
		{"energy preference", f.Preference},
		{"CPUs that are on", f.Online},
		{"different clock governors", strconv.Itoa(f.Governors)},
	}
}

func (s System) facts() []Fact {
	return []Fact{
		{"system", s.OS},
		{"distribution", s.Distribution},
		{"kernel", s.Kernel},
		{"architecture", s.Arch},
		{"virtualization", s.Virtualization},
		{"role in the virtualization", s.VirtualizationRole},
		{"container", s.Container},
		{"clock source", s.Clocksource},
		{"address randomisation", s.ASLR},
		{"NUMA nodes", s.NUMANodes},
	}
}

// devices are the GPUs, without what changes while they work.
func (f Facts) devices() []Fact {
	var list []Fact
	for i, g := range f.GPUs {
		of := func(what string) string { return fmt.Sprintf("%s of GPU %d", what, i) }
		list = append(list,
			Fact{fmt.Sprintf("GPU %d", i), g.Name}, Fact{of("identifier"), g.UUID}, Fact{of("driver"), g.Driver},
			Fact{of("compute capability"), g.ComputeCapability}, Fact{of("memory"), decimal(g.MemoryTotal)},
			Fact{of("highest clock"), decimal(g.MaxSMClockMHz)}, Fact{of("power limit"), decimal(g.PowerLimit)}, Fact{of("MIG"), g.MIG},
		)
	}
	return list
}

// Program lists what tells one build of acdeploy, and what steers its engines, from another. Variables of acdeploy's own are not
// among them: what they say is in the options of the measurement.
func (p Process) Program() []Fact {
	list := []Fact{
		{"acdeploy", p.Version + " " + p.Revision},
		{"acdeploy built with", p.GoVersion},
		{"acdeploy built for", p.GOOS + "/" + p.GOARCH},
		{"acdeploy built with cgo", strconv.FormatBool(p.Cgo)},
		{"threads that run Go code", strconv.Itoa(p.GOMAXPROCS)},
	}
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		if !strings.HasPrefix(name, "ACDEPLOY_") {
			list = append(list, Fact{"variable " + name, p.Env[name]})
		}
	}
	return list
}

func decimal(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// amount is a size in steps of 16 MiB: what a kernel keeps for itself varies by less from start to start.
func amount(n *int64) string {
	if n == nil {
		return ""
	}
	const step = 16 << 20
	return fmt.Sprintf("%d MiB", (*n+step/2)/step*16)
}
