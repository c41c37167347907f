package host

import (
	"encoding/csv"
	"strconv"
	"strings"
)

// smiFields are the columns that nvidia-smi is asked for, in the order in which [parseSMI] reads them.
func smiFields() []string {
	return []string{
		"index", "name", "uuid", "driver_version", "compute_cap", "memory.total", "memory.used",
		"clocks.sm", "clocks.max.sm", "clocks.mem", "temperature.gpu", "power.draw", "power.limit",
		"pstate", "persistence_mode", "mig.mode.current",
	}
}

// parseSMI reads the answer of nvidia-smi: one line of comma-separated values per GPU, without units;
// memory is in MiB, power in watts.
func parseSMI(out string) (gpus []GPU, note string) {
	r := csv.NewReader(strings.NewReader(out))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = len(smiFields())
	rows, err := r.ReadAll()
	if err != nil {
		return nil, "read nvidia-smi: " + err.Error()
	}
	for _, row := range rows {
		index, err := strconv.Atoi(row[0])
		if err != nil {
			return nil, "read nvidia-smi: index " + strconv.Quote(row[0])
		}
		gpus = append(gpus, GPU{
			Index: index, Name: row[1], UUID: row[2], Driver: row[3], ComputeCapability: row[4],
			MemoryTotal: scaled(number(row[5]), 1<<20), MemoryUsed: scaled(number(row[6]), 1<<20),
			SMClockMHz: number(row[7]), MaxSMClockMHz: number(row[8]), MemoryClockMHz: number(row[9]),
			TemperatureC: number(row[10]), PowerMilliwatts: milli(row[11]), PowerLimit: milli(row[12]),
			PerformanceState: row[13], Persistence: row[14], MIG: row[15],
		})
	}
	if len(gpus) == 0 {
		note = "nvidia-smi lists no GPU"
	}
	return gpus, note
}

func milli(text string) *int64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return nil
	}
	n := int64(v * 1000)
	return &n
}
