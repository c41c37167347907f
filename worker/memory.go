package worker

import (
	"fmt"
	"os"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// starved says that the system killed a process for want of memory, in words that end a sentence about its end; "" where
// nothing speaks for that. Before and after are its counter of such ends, around the life of the process.
func starved(state *os.ProcessState, before, after *int64, limits host.Limits) string {
	if state == nil || osfile.Signal(state) != "killed" {
		return ""
	}
	limit := limits.Memory()
	known := before != nil && after != nil
	switch {
	case known && *after == *before, !known && limit == nil:
		return ""
	case limit == nil:
		return "the system was out of memory"
	case known:
		return fmt.Sprintf("out of memory: its control group may use %d MiB", *limit>>20)
	}
	return fmt.Sprintf("perhaps out of memory: its control group may use %d MiB", *limit>>20)
}
