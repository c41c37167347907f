package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/worker"
)

// The networks whose baseline is slowed down: a residual one, a sequential one, a depthwise one.
func known() []string { return []string{"resnet20", "cifar_quick", "mobile_dw"} }

// slowdown is a candidate of known ratio.
type slowdown struct {
	name  string
	share float64 // of the baseline's latency that is added
}

func slowdowns() []slowdown {
	return []slowdown{{"itself", 0}, {"+1 %", 0.01}, {"+2 %", 0.02}, {"+5 %", 0.05}}
}

// The candidates of each network.
const (
	nameFused   = "fused"
	nameTrained = "as trained"
)

// series is the study as far as it has come.
type series struct {
	models   string // folder
	runs     int
	beside   int // measurements beside a neighbour
	duration time.Duration
	note     string
	file     string
	seen     []record
}

// measure does what is not in the file yet: all networks once, then the arms of known ratio and those beside a neighbour, the networks
// taking turns.
func (s *series) measure(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "acdeploy-study-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	networks, err := filepath.Glob(filepath.Join(s.models, "*", "baseline.onnx"))
	if err != nil || len(networks) == 0 {
		return errors.Join(fmt.Errorf("there is no network in %s; name a folder with -models", s.models), err)
	}
	for _, path := range networks {
		name := filepath.Base(filepath.Dir(path))
		job, err := s.trained(ctx, name, filepath.Join(folder, name+".onnx"))
		if err != nil {
			return err
		}
		if err := s.run(ctx, record{Part: partNetworks, Network: name, Run: 1}, job); err != nil {
			return err
		}
	}
	for run := 1; run <= s.runs; run++ {
		for _, name := range known() {
			job, err := s.slowed(name, slowdowns())
			if err != nil {
				return err
			}
			job.Options.Seed = uint64(run)
			if err := s.run(ctx, record{Part: partKnown, Network: name, Run: run}, job); err != nil {
				return err
			}
		}
		for i := range 2 { // two for each run, so that a study that ends early has some of all parts
			if at := 2*run - 1 + i; at <= s.beside {
				if err := s.neighbour(ctx, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// has reports whether a measurement is in the file.
func (s *series) has(r record) bool {
	return slices.ContainsFunc(s.seen, func(o record) bool { return o.Part == r.Part && o.Network == r.Network && o.Run == r.Run })
}

// run measures, unless that is done, and keeps what was seen.
func (s *series) run(ctx context.Context, r record, job bench.Job) error {
	if s.has(r) {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	job.Backends = []worker.BackendSpec{{Name: "ort", Provider: "cpu"}}
	recording, err := bench.Runner{Launch: worker.Command(program, workerArgument)}.Run(ctx, job)
	if err != nil {
		return err
	}
	res := judge.Judge(recording)
	for _, skip := range res.Skipped {
		return fmt.Errorf("%s: %s", skip.Reason, skip.Remedy)
	}
	r = digest(r, recording, res)
	r.Setup = s.setup(res, job.Options)
	s.seen = append(s.seen, r)
	fmt.Printf("%s %s %d:", r.Part, r.Network, r.Run)
	for _, a := range r.Arms {
		fmt.Printf(" %s %.4f %s;", a.Name, float64(a.Ratio), a.Verdict)
	}
	fmt.Printf(" control ±%.2f %%\n", 100*float64(r.Control))
	return ledger.Write(s.file, s.seen)
}

func (s *series) setup(res *judge.Result, o bench.Options) setup {
	_, revision := host.Build()
	made := setup{
		CPU: res.Host.CPU.Brand, Kernel: res.Host.System.Kernel,
		Affinity: res.Host.Limits.Affinity, Program: revision, Duration: o.Duration.String(), Margin: float64(o.Margin), Note: s.note,
	}
	for _, set := range res.Settings {
		if set.Engine != nil {
			made.Engine = "ONNX Runtime " + set.Engine.Version
		}
	}
	return made
}

func (s *series) path(network, file string) string {
	return filepath.Join(s.models, network, file+".onnx")
}

// newArm is a file that takes part under a name.
func newArm(name, path, function string) (bench.Arm, error) {
	f, err := model.Open(path)
	if err != nil {
		return bench.Arm{}, err
	}
	return bench.Arm{Name: name, Model: acdeploy.Declared(f), Function: function}, f.Close()
}

// slowed compares a network with copies of itself.
func (s *series) slowed(network string, arms []slowdown) (bench.Job, error) {
	base, err := newArm("baseline", s.path(network, "baseline"), "baseline")
	if err != nil {
		return bench.Job{}, err
	}
	job := bench.Job{Baseline: base, Options: bench.Defaults()}
	job.Options.Duration = s.duration
	for _, c := range arms {
		candidate := base
		candidate.Name, candidate.Slowdown = c.name, c.share
		job.Candidates = append(job.Candidates, candidate)
	}
	return job, nil
}

// trained compares a network's fused form, and the network as trained, with its baseline.
func (s *series) trained(ctx context.Context, network, fused string) (bench.Job, error) {
	job := bench.Job{Options: bench.Defaults()}
	if err := fuse(ctx, s.path(network, "acnet"), fused); err != nil {
		return job, err
	}
	var errs [3]error
	var candidates [2]bench.Arm
	job.Baseline, errs[0] = newArm("baseline", s.path(network, "baseline"), "")
	candidates[0], errs[1] = newArm(nameFused, fused, "trained")
	candidates[1], errs[2] = newArm(nameTrained, s.path(network, "acnet"), "trained")
	job.Candidates = candidates[:]
	if network == "densenet40" {
		job.Options.Duration *= 2 // ten times as long a run as the others
	}
	return job, errors.Join(errs[:]...)
}

// fuse writes the fused form of a network.
func fuse(ctx context.Context, from, to string) error {
	source, err := model.Open(from)
	if err != nil {
		return err
	}
	steps, err := acdeploy.DefaultSteps(toolbox().Passes, nil)
	if err == nil {
		var f *acdeploy.Fused
		if f, err = acdeploy.Fuse(ctx, source, steps, pipeline.Options{}); err == nil {
			_, err = f.Save(ctx, to)
		}
	}
	return errors.Join(err, source.Close())
}
