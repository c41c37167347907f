//go:build cgo && linux

package host

import (
	"context"
	"fmt"
)

// readGPUs asks the driver's management library.
func readGPUs(context.Context) (gpus []GPU, note string) { return gpusOf("libnvidia-ml.so.1") }

// gpusOf asks a management library.
func gpusOf(library string) (gpus []GPU, note string) {
	l, err := openNVML(library)
	if err != nil {
		return nil, "no NVIDIA driver: " + err.Error()
	}
	defer l.close()
	n, err := l.devices()
	if err != nil {
		return nil, "count GPUs: " + err.Error()
	}
	for i := range n {
		d, err := l.device(i)
		if err != nil {
			note = fmt.Sprintf("open GPU %d: %v", i, err)
			continue
		}
		gpu := describe(d)
		gpu.Index, gpu.Driver = i, l.driver()
		gpus = append(gpus, gpu)
	}
	if n == 0 {
		note = "the NVIDIA driver lists no GPU"
	}
	return gpus, note
}

// Kinds of clocks and sensors, as the library numbers them.
const (
	clockSM      = 1
	clockMemory  = 2
	sensorOfChip = 0
)

func describe(d device) GPU {
	gpu := GPU{ComputeCapability: Unavailable, PerformanceState: Unavailable, Persistence: Unavailable, MIG: Unavailable}
	gpu.Name = d.text("nvmlDeviceGetName")
	gpu.UUID = d.text("nvmlDeviceGetUUID")
	if major, minor, ok := d.numbers("nvmlDeviceGetCudaComputeCapability"); ok {
		gpu.ComputeCapability = fmt.Sprintf("%d.%d", major, minor)
	}
	if total, used, ok := d.memory(); ok {
		gpu.MemoryTotal, gpu.MemoryUsed = bytes(total), bytes(used)
	}
	gpu.SMClockMHz = count(d.numberOf("nvmlDeviceGetClockInfo", clockSM))
	gpu.MaxSMClockMHz = count(d.numberOf("nvmlDeviceGetMaxClockInfo", clockSM))
	gpu.MemoryClockMHz = count(d.numberOf("nvmlDeviceGetClockInfo", clockMemory))
	gpu.TemperatureC = count(d.numberOf("nvmlDeviceGetTemperature", sensorOfChip))
	gpu.PowerMilliwatts = count(d.number("nvmlDeviceGetPowerUsage"))
	gpu.PowerLimit = count(d.number("nvmlDeviceGetPowerManagementLimit"))
	gpu.ClockEventReasons = count(d.bits("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"))
	if state, ok := d.number("nvmlDeviceGetPerformanceState"); ok {
		gpu.PerformanceState = fmt.Sprintf("P%d", state)
	}
	if mode, ok := d.number("nvmlDeviceGetPersistenceMode"); ok {
		gpu.Persistence = enabled(mode == 1)
	}
	if mode, _, ok := d.numbers("nvmlDeviceGetMigMode"); ok {
		gpu.MIG = enabled(mode == 1)
	}
	gpu.ComputeProcesses = count(d.processes())
	return gpu
}

func count(n uint, ok bool) *int64 {
	if !ok {
		return nil
	}
	return bytes(uint64(n))
}

func enabled(on bool) string {
	if on {
		return "Enabled"
	}
	return "Disabled"
}
