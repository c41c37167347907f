//go:build !cgo || !linux

package host

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// readGPUs asks nvidia-smi, since the driver's library cannot be called from this build.
func readGPUs(ctx context.Context) (gpus []GPU, note string) {
	path, err := exec.LookPath("nvidia-smi")
	if err != nil {
		return nil, "no NVIDIA driver: nvidia-smi not found"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--query-gpu="+strings.Join(smiFields(), ","), "--format=csv,noheader,nounits").Output()
	if err != nil {
		return nil, "nvidia-smi: " + err.Error()
	}
	return parseSMI(string(out))
}
