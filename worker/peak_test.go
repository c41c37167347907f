package worker

import (
	"runtime"
	"testing"
)

// The peak does not go down when memory is given back.
func TestPeakResident(t *testing.T) {
	before := peakResident()
	if before == 0 {
		if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
			t.Error("this system tells the peak")
		}
		return
	}
	const size = 64 << 20
	block := make([]byte, size)
	for i := range block {
		block[i] = 1
	}
	runtime.KeepAlive(block)
	if after := peakResident(); after < size || after < before {
		t.Errorf("the peak is %d bytes after %d more than %d", after, size, before)
	}
}
