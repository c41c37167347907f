package worker

import (
	"bytes"
	"os"
	"strconv"
)

// peakResident is the most memory that this process had resident, in bytes; 0 where it cannot be told.
// The system's resource usage will not do: a process inherits its parent's peak there.
func peakResident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		words := bytes.Fields(line)
		if len(words) == 3 && string(words[0]) == "VmHWM:" {
			kib, _ := strconv.ParseInt(string(words[1]), 10, 64) // 0 where it is no number
			return kib << 10
		}
	}
	return 0
}
