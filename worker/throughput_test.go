package worker

import (
	"context"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

// Several copies run at the same time, on the clock of this machine.
func TestThroughput(t *testing.T) {
	e := backends.Backend(&fake{})
	s := NewServer(func(context.Context, BackendSpec) (backends.Backend, error) { return e, nil })
	window := 10 * time.Millisecond
	ask := Request{Op: opThroughput, Throughput: &ThroughputRequest{Model: backends.Model{Name: "a"}, Streams: 1, Window: int64(window)}}
	replies := talk(t, s, ask, checking(), ask, Request{Op: opThroughput, Throughput: &ThroughputRequest{}})
	if replies[0].Error == "" {
		t.Error("it ran without an engine")
	}
	if got := replies[2].Throughput; got == nil || got.Runs < 1 || got.Nanoseconds < int64(window) {
		t.Errorf("throughput %+v, %s", got, replies[2].Error)
	}
	if replies[3].Error == "" {
		t.Error("no streams were taken")
	}
}
