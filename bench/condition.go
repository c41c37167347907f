package bench

import (
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// condition is one engine with one batch and one choice of the other sizes, ready to measure.
type condition struct {
	index, total int
	spec         worker.BackendSpec
	batch        int64
	sizes        string
	inputs       []worker.Input
	samples      []tensor.Map // of the user's, which units take in turn; nil for generated ones
	arms         []placed
}

// placed is an arm with the part that it plays.
type placed struct {
	Arm
	role string
}

// stage names the condition in messages.
func (c condition) stage() string {
	name := c.spec.Name
	if c.spec.Provider != "" {
		name += " " + c.spec.Provider
	}
	threads := "1 thread"
	if c.spec.Threads != 1 {
		threads = fmt.Sprintf("%d threads", c.spec.Threads)
	}
	return fmt.Sprintf("%s, %s, %s", name, c.sizing(), threads)
}

// sizing names the sizes.
func (c condition) sizing() string {
	if c.sizes == "" {
		return fmt.Sprintf("batch %d", c.batch)
	}
	return fmt.Sprintf("batch %d, %s", c.batch, c.sizes)
}

func (c condition) key() Key {
	return Key{Setting: c.index, Backend: c.spec.Name, Provider: c.spec.Provider, Batch: c.batch, Sizes: c.sizes, Threads: c.spec.Threads}
}

func (c condition) shapes() map[string][]int64 {
	shapes := map[string][]int64{}
	for _, in := range c.inputs {
		shapes[in.Name] = in.Shape
	}
	return shapes
}

// pairs are the arms that must give the same answers: each with the first of its function, and the
// control with the baseline.
func (c condition) pairs() [][2]int {
	pairs := [][2]int{{Control, Baseline}}
	first := map[string]int{}
	for i, a := range c.arms {
		if a.Function == "" || i == Control {
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

// Sizings names the sizes that the models would be measured with on each engine, such as "batch 1, height=224". The error is the one that
// [Runner.Run] would return for them.
func (j Job) Sizings() ([]string, error) {
	sized, err := j.allSized()
	names := make([]string, len(sized))
	for i, c := range sized {
		names[i] = c.sizing()
	}
	return names, err
}

// allSized are the conditions of all batches and other sizes, without engines.
func (j Job) allSized() ([]condition, error) {
	arms := j.arms()
	models := make([]backends.Model, len(arms))
	for i, a := range arms {
		models[i] = a.Model
	}
	if j.OtherInputs {
		models = widened(models)
	}
	batches := j.Options.Batch
	if len(batches) == 0 {
		batches = []int64{0}
	}
	var sized []condition
	for _, asked := range batches {
		more, err := j.sized(models, asked)
		if err != nil {
			return nil, err
		}
		sized = append(sized, more...)
	}
	return sized, nil
}

// conditions are all combinations of backends, batches and other sizes.
func (j Job) conditions() ([]condition, error) {
	arms := j.arms()
	sized, err := j.allSized()
	if err != nil {
		return nil, err
	}
	var all []condition
	for _, spec := range j.Backends {
		if spec.Threads == 0 {
			spec.Threads = j.Options.Threads
		}
		for _, c := range sized {
			c.spec, c.arms = spec, arms
			all = append(all, c)
		}
	}
	return all, nil
}

// sized are the conditions of one batch, with inputs and without engines.
func (j Job) sized(models []backends.Model, batch int64) ([]condition, error) {
	if j.Samples != nil {
		return j.sampled(models, batch)
	}
	choices, err := j.Options.Shapes.Combinations()
	if err != nil {
		return nil, err
	}
	var all []condition
	for _, choice := range choices {
		inputs, settled, err := settle(models, dims.Ask{Batch: batch, Sizes: choice})
		if err == nil {
			err = within(inputs, j.Options.Ranges, models[0].Name)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, condition{batch: settled.Batch, sizes: settled.Others, inputs: inputs})
	}
	return all, nil
}
