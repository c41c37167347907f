package bench

import (
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
)

// setting is one engine with one batch, ready to measure.
type setting struct {
	index, total int
	spec         BackendSpec
	batch        int64
	inputs       []input
	arms         []placed
}

// placed is an arm with the part that it plays.
type placed struct {
	Arm
	role string
}

// stage names the setting in messages.
func (s setting) stage() string {
	name := s.spec.Name
	if s.spec.Provider != "" {
		name += " " + s.spec.Provider
	}
	threads := "1 thread"
	if s.spec.Threads != 1 {
		threads = fmt.Sprintf("%d threads", s.spec.Threads)
	}
	return fmt.Sprintf("%s, batch %d, %s", name, s.batch, threads)
}

func (s setting) key() Key {
	return Key{Setting: s.index, Backend: s.spec.Name, Provider: s.spec.Provider, Batch: s.batch, Threads: s.spec.Threads}
}

func (s setting) shapes() map[string][]int64 {
	shapes := map[string][]int64{}
	for _, in := range s.inputs {
		shapes[in.Name] = in.Shape
	}
	return shapes
}

// pairs are the arms that must give the same answers: each with the first of its function, and the
// control with the baseline.
func (s setting) pairs() [][2]int {
	pairs := [][2]int{{control, baseline}}
	first := map[string]int{}
	for i, a := range s.arms {
		if a.Function == "" || i == control {
			continue
		}
		if with, ok := first[a.Function]; ok {
			pairs = append(pairs, [2]int{i, with})
		} else {
			first[a.Function] = i
		}
	}
	return pairs
}

// The places of the arms that every setting has.
const (
	baseline = 0
	control  = 1
)

// arms lists the arms in the order of their letters. The model as trained comes before the candidates,
// whose answers are compared with its.
func (j Job) arms() []placed {
	arms := []placed{{j.Baseline, RoleBaseline}, {j.Baseline, RoleControl}}
	if j.AsTrained != nil {
		arms = append(arms, placed{*j.AsTrained, RoleAsTrained})
	}
	for _, c := range j.Candidates {
		arms = append(arms, placed{c, RoleCandidate})
	}
	return arms
}

// settings are all combinations of backends and batches.
func (j Job) settings() ([]setting, error) {
	arms := j.arms()
	models := make([]backends.Model, len(arms))
	for i, a := range arms {
		models[i] = a.Model
	}
	batches := j.Options.Batch
	if len(batches) == 0 {
		batches = []int64{0}
	}
	var all []setting
	for _, spec := range j.Backends {
		spec.Threads = j.Options.Threads
		for _, asked := range batches {
			inputs, batch, err := settle(models, asked, j.Options.Shapes)
			if err != nil {
				return nil, err
			}
			all = append(all, setting{spec: spec, batch: batch, inputs: inputs, arms: arms})
		}
	}
	return all, nil
}
