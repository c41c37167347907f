package host

// GPU describes one NVIDIA GPU. Numbers are null where the driver does not tell.
type GPU struct {
	Index             int    `json:"index"`
	Name              string `json:"name"`
	UUID              string `json:"uuid"`
	Driver            string `json:"driver"`
	ComputeCapability string `json:"compute_capability"`
	MemoryTotal       *int64 `json:"memory_total"` // bytes
	MemoryUsed        *int64 `json:"memory_used"`  // bytes
	SMClockMHz        *int64 `json:"sm_clock_mhz"`
	MaxSMClockMHz     *int64 `json:"max_sm_clock_mhz"`
	MemoryClockMHz    *int64 `json:"memory_clock_mhz"`
	TemperatureC      *int64 `json:"temperature_c"`
	PowerMilliwatts   *int64 `json:"power_milliwatts"`
	PowerLimit        *int64 `json:"power_limit_milliwatts"`
	PerformanceState  string `json:"performance_state"`
	Persistence       string `json:"persistence"`         // "Enabled" or "Disabled"
	ClockEventReasons *int64 `json:"clock_event_reasons"` // bits: 1 idle, 4 power cap, 8 hardware slowdown, 32 and 64 thermal, 128 power brake
	MIG               string `json:"mig"`
	ComputeProcesses  *int64 `json:"compute_processes"` // running now
}
