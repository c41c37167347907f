// Package lab is a machine without noise of its own, for tests: its engine's latencies are drawn from a
// seed and pass on a clock of their own, so that a whole measurement is a function of its seed and takes no
// time.
//
//	bench.Runner ──▶ worker.Client ══ pipes ══ worker.Server ──▶ the lab's engine
//	                                    ▲
//	                                  Tamper changes or withholds replies
package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// Lab is an engine whose behaviour a test chooses. Latencies are nanoseconds.
type Lab struct {
	Latency  map[string]float64 // of each model
	UnitSD   float64            // spread of the log latency between sessions
	RunSD    float64            // and between runs
	Reading  int64              // what a look at the clock takes
	Drift    float64            // growth of the log latency per second of the lab's clock
	Outputs  map[string]float64 // what each model answers, 1 by default
	Provider string             // of every step of the plans, "" for an engine without plans
	Refuse   error              // of Open
	Absent   error              // of Check
	Timer    bool               // the engine times itself

	// Tamper may change what worker n answers; returning an error ends the worker without an answer.
	Tamper func(n int, req worker.Request, rep *worker.Reply) error
}

// Quiet has the noise of a quiet machine.
func Quiet() *Lab {
	return &Lab{
		Latency: map[string]float64{"base": 1e6, "fused": 1e6, "trained": 1.5e6, "slow": 1.08e6, "fast": 0.9e6},
		UnitSD:  0.002, RunSD: 0.01, Drift: 0.02,
	}
}

// Block reports whether a request is for one of the blocks, and not for the warm-up.
func Block(req worker.Request) bool { return req.Time != nil && req.Time.Least == 0 }

// Garbage is an error of [Lab.Tamper]: the worker prints it instead of an answer.
type Garbage string

// Error is what it prints.
func (g Garbage) Error() string { return string(g) }

// Runner measures in the lab.
func (l *Lab) Runner() bench.Runner {
	zero := int64(0)
	return bench.Runner{
		Launch: l.launcher(),
		Host:   func(context.Context) host.Facts { return host.Facts{} },
		Now:    func() time.Time { return time.Unix(0, 0) },
		Load: func() host.Load {
			return host.Load{StealNanos: &zero, Throttling: host.Throttling{Periods: &zero, Throttled: &zero}}
		},
	}
}

// Model is one that the lab's engine opens.
func Model(name string) backends.Model {
	return backends.Model{Name: name, Path: name + ".onnx", Inputs: []tensor.Spec{{
		Name: "x", Type: tensor.Float32, Ranked: true,
		Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)},
	}}}
}

// Job compares candidates with the baseline, next to the model as trained.
func Job(candidates ...string) bench.Job {
	trained := bench.Arm{Model: Model("trained")}
	j := bench.Job{
		Baseline: bench.Arm{Model: Model("base")}, AsTrained: &trained,
		Backends: []worker.BackendSpec{{Name: "lab"}}, Options: bench.Defaults(),
	}
	j.Options.Duration = 6 * time.Second // of the lab's clock
	j.Options.Pin = false
	for _, c := range candidates {
		j.Candidates = append(j.Candidates, bench.Arm{Model: Model(c)})
	}
	return j
}

// launcher runs the lab's workers in this process.
func (l *Lab) launcher() worker.Launcher {
	n := -1
	return func(context.Context) (*worker.Process, error) {
		n++
		e := &engine{Lab: l, rng: rand.New(rand.NewPCG(99, uint64(n)))}
		requests, stdin := io.Pipe()
		stdout, replies := io.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.serve(n, e.server(), requests, replies)
		}()
		return &worker.Process{
			Stdin: stdin, Stdout: stdout,
			Kill: func() { _ = requests.Close(); _ = replies.Close() },
			Wait: func() error { <-ended; return nil },
		}, nil
	}
}

// serve is the loop of [worker.Serve] with a hand in the answers.
func (l *Lab) serve(n int, s *worker.Server, in *io.PipeReader, out *io.PipeWriter) {
	defer func() { _ = out.Close(); _ = in.Close() }()
	lines := bufio.NewReader(in)
	for {
		req, err := worker.ReadRequest(lines)
		if err != nil {
			return
		}
		rep := s.Answer(context.Background(), req)
		if rep.Answers != nil && rep.Answers.Peak != nil {
			*rep.Answers.Peak = 1 << 20 // that of this process grows as it will
		}
		if l.Tamper != nil {
			if err := l.Tamper(n, req, &rep); err != nil {
				if said, ok := errors.AsType[Garbage](err); ok {
					_, _ = io.WriteString(out, string(said))
				}
				return
			}
		}
		if json.NewEncoder(out).Encode(rep) != nil || req.Op == "close" {
			return
		}
	}
}
