package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acdeploy/acdeploy/tensor"
)

// throughput opens copies of a model and counts how often all of them ran, together, in the window.
func (s *Server) throughput(ctx context.Context, req ThroughputRequest, given tensor.Map) (*Throughput, error) {
	if req.Streams < 1 {
		return nil, fmt.Errorf("bad request for %d streams", req.Streams)
	}
	inputs, err := inputsOf(given, req.Inputs, req.Seed)
	if err != nil {
		return nil, err
	}
	inputs = taken(req.Model, inputs)
	for range req.Streams {
		a, err := s.openArm(ctx, req.Model, inputs)
		if err != nil {
			return nil, err
		}
		s.arms = append(s.arms, a)
	}
	var counting, stop atomic.Bool
	var runs atomic.Int64
	var group sync.WaitGroup
	failures := make([]error, len(s.arms))
	for i, a := range s.arms {
		group.Go(func() {
			for !stop.Load() && failures[i] == nil {
				failures[i] = a.run()
				if counting.Load() {
					runs.Add(1)
				}
			}
		})
	}
	time.Sleep(time.Duration(req.WarmUp))
	start := s.Clock()
	counting.Store(true)
	time.Sleep(time.Duration(req.Window))
	t := &Throughput{Runs: runs.Load(), Nanoseconds: max(1, s.Clock()-start)}
	stop.Store(true)
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		return nil, fmt.Errorf("run %s: %w", req.Model.Name, err)
	}
	if t.Runs == 0 {
		return nil, fmt.Errorf("no run of %s ended within %s", req.Model.Name, time.Duration(req.Window))
	}
	return t, nil
}
