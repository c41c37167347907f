package cli

import (
	"bytes"
	"testing"
	"time"
)

// TestWritten shows on a terminal how much is written once a second has passed, not all too often, and elsewhere nothing.
func TestWritten(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var out bytes.Buffer
		a := &app{err: &out, logFormat: "text"}
		a.progress = newProgress(a)
		a.progress.redraw = terminal
		now := time.Now()
		tell := a.written(func() time.Time { return now })
		tell(8e6, 4e9)
		for _, at := range []time.Duration{999, 1001, 3001, 20} { // ms; the last is too soon again
			now = now.Add(at * time.Millisecond)
			tell(1e9, 4e9)
		}
		want := "\r\x1b[Kfuse     25 % written, 1.0 GB of 4.0 GB, 500.0 MB/s, 6s left\r\x1b[Kfuse     25 % written, 1.0 GB of 4.0 GB, 200.0 MB/s, 15s left"
		if !terminal {
			want = ""
		}
		if got := out.String(); got != want {
			t.Errorf("terminal %v: got %q, want %q", terminal, got, want)
		}
	}
}
