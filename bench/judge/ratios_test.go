package judge

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// A CPU clock too coarse to see a block tells nothing of it.
func TestCoarseCPUClock(t *testing.T) {
	b := bench.Block{Wall: [][]int64{{10, 10}, {10, 10}}, CPU: []int64{0, 30}}
	if got := blockCPU(b, 0); !math.IsNaN(got) {
		t.Errorf("no time on the CPU gives %v", got)
	}
	if got := blockCPU(b, 1); got != 15 {
		t.Errorf("30 ns of two runs give %v", got)
	}
}
