package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/tensor"
)

// lab is an engine whose latencies are drawn from a seeded generator and pass on a clock of their own,
// so that a whole measurement is a function of its seed.
type lab struct {
	latency  map[string]float64 // of each model, in nanoseconds
	unitSD   float64            // spread of the log latency between sessions
	runSD    float64            // and between runs
	reading  int64              // nanoseconds that a look at the clock takes
	drift    float64            // growth of the log latency per second of the lab's clock
	outputs  map[string]float64 // what each model answers, 1 by default
	provider string             // of every step of the plans, "" for an engine without plans
	refuse   error              // of Open
	check    error              // of Check
	timer    bool               // the engine times itself

	// tamper may change what worker n answers; returning an error ends the worker without an answer.
	tamper func(n int, req request, rep *reply) error
}

// labWorker is one worker of the lab.
type labWorker struct {
	*lab
	rng *rand.Rand
	now int64
}

func (l *labWorker) Describe() backends.Description {
	return backends.Description{Name: "lab", Provider: l.provider}
}

func (l *labWorker) Check(context.Context) error { return l.check }

func (l *labWorker) Open(_ context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	if l.refuse != nil {
		return nil, l.refuse
	}
	s := &labSession{lab: l, model: m, bias: l.unitSD * l.rng.NormFloat64()}
	if l.provider != "" {
		return plannedSession{s}, nil
	}
	return s, nil
}

type labSession struct {
	lab   *labWorker
	model backends.Model
	bias  float64
}

func (s *labSession) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	noise := s.bias + s.lab.runSD*s.lab.rng.NormFloat64() + s.lab.drift*float64(s.lab.now)/1e9
	s.lab.now += int64(s.lab.latency[s.model.Name] * math.Exp(noise))
	value, ok := s.lab.outputs[s.model.Name]
	if !ok {
		value = 1
	}
	return tensor.Map{"y": tensor.Of([]int64{2}, float32(value), float32(len(in)))}, nil
}

func (s *labSession) Close() error { return nil }

type plannedSession struct{ *labSession }

func (s plannedSession) Plan() (backends.Plan, error) {
	return backends.Plan{Steps: []backends.Step{{Name: "conv", Op: "Conv", Provider: s.lab.provider}}}, nil
}

// launcher runs the lab's workers in this process.
func (l *lab) launcher() Launcher {
	n := -1
	return func(context.Context) (*Process, error) {
		n++
		worker := &labWorker{lab: l, rng: rand.New(rand.NewPCG(99, uint64(n)))}
		w := &tampered{n: n, lab: l}
		w.worker = newLabWorker(worker)
		requests, stdin := io.Pipe()
		stdout, replies := io.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.serve(requests, replies)
		}()
		return &Process{
			Stdin: stdin, Stdout: stdout,
			Kill: func() { _ = requests.Close(); _ = replies.Close() },
			Wait: func() error { <-ended; return nil },
		}, nil
	}
}

func newLabWorker(backend *labWorker) *worker {
	return &worker{
		open: func(context.Context, BackendSpec) (backends.Backend, error) {
			if backend.timer {
				return gpuLab{backend}, nil
			}
			return backend, nil
		},
		clock: func() int64 { backend.now += backend.reading; return backend.now },
		cpu:   func(int) (func() int64, string) { return func() int64 { return backend.now }, "thread" },
	}
}

type tampered struct {
	*worker
	n   int
	lab *lab
}

// serve is Worker's loop with a hand in the answers.
func (w *tampered) serve(in *io.PipeReader, out *io.PipeWriter) {
	defer func() { _ = out.Close(); _ = in.Close() }()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var req request
		if json.Unmarshal(lines.Bytes(), &req) != nil {
			return
		}
		rep := w.answer(context.Background(), req)
		if rep.Peak != nil {
			*rep.Peak = 1 << 20 // that of this process grows as it will
		}
		if w.lab.tamper != nil {
			if err := w.lab.tamper(w.n, req, &rep); err != nil {
				if said, ok := errors.AsType[garbage](err); ok {
					_, _ = io.WriteString(out, string(said))
				}
				return
			}
		}
		line, _ := encode(rep)
		if _, err := out.Write(line); err != nil || req.Op == opClose {
			return
		}
	}
}

// garbage is what a worker prints instead of an answer.
type garbage string

func (g garbage) Error() string { return string(g) }

// quietLab has the noise of a quiet machine.
func quietLab() *lab {
	return &lab{
		latency: map[string]float64{"base": 1e6, "fused": 1e6, "trained": 1.5e6, "slow": 1.08e6, "fast": 0.9e6},
		unitSD:  0.002, runSD: 0.01, drift: 0.02,
	}
}

func model(name string) backends.Model {
	return backends.Model{Name: name, Path: name + ".onnx", Inputs: []tensor.Spec{{
		Name: "x", Type: tensor.Float32, Ranked: true,
		Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)},
	}}}
}

// job compares candidates with the baseline, beside the model as trained.
func job(candidates ...string) Job {
	trained := Arm{Model: model("trained")}
	j := Job{
		Baseline: Arm{Model: model("base")}, AsTrained: &trained,
		Backends: []BackendSpec{{Name: "lab"}}, Options: Defaults(),
	}
	j.Options.Duration = 6 * time.Second // of the lab's clock
	for _, c := range candidates {
		j.Candidates = append(j.Candidates, Arm{Model: model(c)})
	}
	return j
}

func (l *lab) runner() Runner {
	zero := int64(0)
	return Runner{
		Launch:  l.launcher(),
		Host:    func(context.Context) host.Facts { return host.Facts{} },
		Now:     func() time.Time { return time.Unix(0, 0) },
		allowed: func() []int { return nil },
		load:    func() host.Load { return host.Load{StealNanos: &zero} },
	}
}

func measure(t *testing.T, l *lab, j Job) *Result {
	t.Helper()
	res, err := l.runner().Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func gateOf(t *testing.T, res *Result, name, candidate string) Gate {
	t.Helper()
	for _, g := range res.Gates {
		if g.Name == name && g.Candidate == candidate {
			return g
		}
	}
	t.Fatalf("no gate %s for %q among %v", name, candidate, res.Gates)
	return Gate{}
}

func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not mention %q", text, w)
		}
	}
}
