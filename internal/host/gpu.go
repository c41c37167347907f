package host

// GPU describes one NVIDIA GPU. Numbers are null where the driver does not tell.
type GPU struct {
	Index             int    `json:"index"`                  // number of the GPU
	Name              string `json:"name"`                   // name by its maker
	UUID              string `json:"uuid"`                   // identifier of the device
	Driver            string `json:"driver"`                 // version of the driver
	ComputeCapability string `json:"compute_capability"`     // compute capability
	MemoryTotal       *int64 `json:"memory_total"`           // bytes
	MemoryUsed        *int64 `json:"memory_used"`            // bytes
	SMClockMHz        *int64 `json:"sm_clock_mhz"`           // clock of the multiprocessors
	MaxSMClockMHz     *int64 `json:"max_sm_clock_mhz"`       // highest clock of the multiprocessors
	MemoryClockMHz    *int64 `json:"memory_clock_mhz"`       // clock of the memory
	TemperatureC      *int64 `json:"temperature_c"`          // temperature in degrees Celsius
	PowerMilliwatts   *int64 `json:"power_milliwatts"`       // power drawn
	PowerLimit        *int64 `json:"power_limit_milliwatts"` // highest power allowed
	PerformanceState  string `json:"performance_state"`      // performance state
	Persistence       string `json:"persistence"`            // "Enabled" or "Disabled"
	ClockEventReasons *int64 `json:"clock_event_reasons"`    // bits: 1 idle, 4 power cap, 8 hardware slowdown, 32 and 64 thermal, 128 power brake
	MIG               string `json:"mig"`                    // whether it is partitioned
	ComputeProcesses  *int64 `json:"compute_processes"`      // running now
}
