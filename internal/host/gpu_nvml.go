//go:build cgo && linux

package host

import (
	"context"
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// readGPUs asks the driver's management library.
func readGPUs(context.Context) (gpus []GPU, note string) {
	if ret := nvml.Init(); ret != nvml.SUCCESS {
		return nil, "no NVIDIA driver: " + nvml.ErrorString(ret)
	}
	defer func() { _ = nvml.Shutdown() }()
	n, ret := nvml.DeviceGetCount()
	if ret != nvml.SUCCESS {
		return nil, "count GPUs: " + nvml.ErrorString(ret)
	}
	driver, ret := nvml.SystemGetDriverVersion()
	if ret != nvml.SUCCESS {
		driver = Unavailable
	}
	for i := range n {
		device, ret := nvml.DeviceGetHandleByIndex(i)
		if ret != nvml.SUCCESS {
			note = fmt.Sprintf("open GPU %d: %s", i, nvml.ErrorString(ret))
			continue
		}
		gpu := describe(device)
		gpu.Index, gpu.Driver = i, driver
		gpus = append(gpus, gpu)
	}
	if n == 0 {
		note = "the NVIDIA driver lists no GPU"
	}
	return gpus, note
}

func describe(d nvml.Device) GPU {
	gpu := GPU{ComputeCapability: Unavailable, PerformanceState: Unavailable, Persistence: Unavailable, MIG: Unavailable}
	gpu.Name = text(d.GetName())
	gpu.UUID = text(d.GetUUID())
	if major, minor, ret := d.GetCudaComputeCapability(); ret == nvml.SUCCESS {
		gpu.ComputeCapability = fmt.Sprintf("%d.%d", major, minor)
	}
	if memory, ret := d.GetMemoryInfo(); ret == nvml.SUCCESS {
		gpu.MemoryTotal, gpu.MemoryUsed = bytes(memory.Total), bytes(memory.Used)
	}
	gpu.SMClockMHz = count(d.GetClockInfo(nvml.CLOCK_SM))
	gpu.MaxSMClockMHz = count(d.GetMaxClockInfo(nvml.CLOCK_SM))
	gpu.MemoryClockMHz = count(d.GetClockInfo(nvml.CLOCK_MEM))
	gpu.TemperatureC = count(d.GetTemperature(nvml.TEMPERATURE_GPU))
	gpu.PowerMilliwatts = count(d.GetPowerUsage())
	gpu.PowerLimit = count(d.GetPowerManagementLimit())
	gpu.ClockEventReasons = count(d.GetCurrentClocksEventReasons())
	if state, ret := d.GetPerformanceState(); ret == nvml.SUCCESS {
		gpu.PerformanceState = fmt.Sprintf("P%d", state)
	}
	if mode, ret := d.GetPersistenceMode(); ret == nvml.SUCCESS {
		gpu.Persistence = enabled(mode == nvml.FEATURE_ENABLED)
	}
	if mode, _, ret := d.GetMigMode(); ret == nvml.SUCCESS {
		gpu.MIG = enabled(mode == nvml.DEVICE_MIG_ENABLE)
	}
	if processes, ret := d.GetComputeRunningProcesses(); ret == nvml.SUCCESS {
		gpu.ComputeProcesses = bytes(uint64(len(processes)))
	}
	return gpu
}

func text(s string, ret nvml.Return) string {
	if ret != nvml.SUCCESS {
		return Unavailable
	}
	return s
}

func count[N uint32 | uint64](n N, ret nvml.Return) *int64 {
	if ret != nvml.SUCCESS {
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
