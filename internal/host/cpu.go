package host

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"github.com/klauspost/cpuid/v2"
	"github.com/shirou/gopsutil/v4/cpu"
)

// CPU describes the processor. Sizes are in bytes, -1 where the processor does not tell.
type CPU struct {
	Brand         string   `json:"brand"`          // name by its maker
	Vendor        string   `json:"vendor"`         // its maker
	Family        int      `json:"family"`         // family number
	Model         int      `json:"model"`          // model number
	Stepping      int      `json:"stepping"`       // revision
	Microcode     string   `json:"microcode"`      // version of the microcode
	PhysicalCores int      `json:"physical_cores"` // 0 where it cannot be told
	LogicalCores  int      `json:"logical_cores"`  // number of hardware threads
	SMT           string   `json:"smt"`            // "1" active, "0" not
	Level         int      `json:"level"`          // of x86-64, 0 elsewhere
	Features      []string `json:"features"`       // instruction sets
	CacheL1D      int      `json:"cache_l1d"`      // first-level data cache
	CacheL2       int      `json:"cache_l2"`       // second-level cache
	CacheL3       int      `json:"cache_l3"`       // third-level cache
	CacheLine     int      `json:"cache_line"`     // size of a cache line
	Hypervisor    bool     `json:"hypervisor"`     // whether a hypervisor is seen
}

func readCPU(ctx context.Context) CPU {
	id := cpuid.CPU
	c := CPU{
		Brand:        id.BrandName,
		Vendor:       orUnavailable(id.VendorString),
		Family:       id.Family,
		Model:        id.Model,
		Stepping:     id.Stepping,
		Microcode:    Unavailable,
		LogicalCores: runtime.NumCPU(),
		SMT:          readText("/", "sys/devices/system/cpu/smt/active"),
		Level:        id.X64Level(),
		Features:     id.FeatureSet(),
		CacheL1D:     id.Cache.L1D,
		CacheL2:      id.Cache.L2,
		CacheL3:      id.Cache.L3,
		CacheLine:    id.CacheLine,
		Hypervisor:   id.VM(),
	}
	slices.Sort(c.Features)
	if infos, err := cpu.InfoWithContext(ctx); err == nil && len(infos) > 0 {
		if c.Brand == "" {
			c.Brand = infos[0].ModelName
		}
		c.Microcode = orUnavailable(infos[0].Microcode)
	}
	if n, err := cpu.CountsWithContext(ctx, false); err == nil {
		c.PhysicalCores = n
	}
	c.Brand = orUnavailable(c.Brand)
	return c
}

// Frequency is how the clock of the processor is governed. Virtual machines tell nothing of it.
type Frequency struct {
	Governor   string `json:"governor"`                      // governor of the first processor
	Driver     string `json:"driver"`                        // driver that scales the clock
	MinKHz     *int64 `json:"min_khz"`                       // lowest clock
	MaxKHz     *int64 `json:"max_khz"`                       // highest clock
	CurrentKHz *int64 `json:"current_khz"`                   // clock when it was read
	Boost      string `json:"boost"`                         // "1" allowed, "0" not
	NoTurbo    string `json:"no_turbo"`                      // "1" switched off, "0" not
	Preference string `json:"energy_performance_preference"` // preference between energy and performance
	Online     string `json:"online_cpus"`                   // processors that are on
	Governors  int    `json:"governors"`                     // how many different governors the CPUs have
}

func readFrequency(root string) Frequency {
	const cpus = "sys/devices/system/cpu"
	first := cpus + "/cpu0/cpufreq/"
	return Frequency{
		Governor:   readText(root, first+"scaling_governor"),
		Driver:     readText(root, first+"scaling_driver"),
		MinKHz:     number(readText(root, first+"scaling_min_freq")),
		MaxKHz:     number(readText(root, first+"scaling_max_freq")),
		CurrentKHz: number(readText(root, first+"scaling_cur_freq")),
		Boost:      readText(root, cpus+"/cpufreq/boost"),
		NoTurbo:    readText(root, cpus+"/intel_pstate/no_turbo"),
		Preference: readText(root, first+"energy_performance_preference"),
		Online:     readText(root, cpus+"/online"),
		Governors:  countGovernors(root, cpus),
	}
}

func countGovernors(root, cpus string) int {
	seen := map[string]bool{}
	for i := range runtime.NumCPU() {
		name := filepath.Join(cpus, "cpu"+strconv.Itoa(i), "cpufreq/scaling_governor")
		if g := readText(root, name); g != Unavailable {
			seen[g] = true
		}
	}
	return len(seen)
}
