package dims

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
)

// Ask is what the user said.
type Ask struct {
	Batch int64            // 0 where nobody said
	Usual int64            // the batch where nobody said; 0 for 1
	Sizes map[string]int64 // by the name of a dimension, or by its place: "height", "x.2"
}

// AskOf is what the shapes of given inputs say. Inputs whose batches differ are an error.
func (a Account) AskOf(shapes map[string][]int64) (Ask, error) {
	ask := Ask{Sizes: map[string]int64{}}
	batch, of := int64(0), ""
	for i, spec := range a.inputs {
		for axis, size := range shapes[spec.Name] {
			if axis >= len(spec.Shape) || spec.Shape[axis].Size >= 0 {
				continue
			}
			name := nameOf(spec, spec.Shape[axis])
			switch known, given := ask.Sizes[name]; {
			case a.isBatch(i, axis) && of != "" && size != batch:
				return ask, fmt.Errorf("the data have a batch of %d for input %q, of %d for input %q; give all inputs the same number of samples", batch, of, size, spec.Name)
			case a.isBatch(i, axis):
				batch, of = size, spec.Name
			case name == "" || given && known != size:
				ask.Sizes[Place(spec.Name, axis)] = size
			default:
				ask.Sizes[name] = size
			}
		}
	}
	ask.Batch = batch
	return ask, nil
}

// Settled is the size of every dimension.
type Settled struct {
	Shapes [][]int64 // of each input
	Batch  int64     // what one run computes; 1 for a model without a batch
	// Others are the sizes of the open dimensions that are not the batch, such as "H=224 W=224", in the order of the inputs.
	Others string
}

// Settle gives every open dimension its size. The error names all whose size nobody gave, with the flags to copy. It matches
// [outcome.ErrUsage].
func (a Account) Settle(ask Ask) (Settled, error) {
	s := settler{Account: a, ask: ask, used: map[string]bool{}}
	return s.settle()
}

type settler struct {
	Account
	ask     Ask
	used    map[string]bool
	others  []string
	missing []missing
}

// missing is a dimension whose size nobody gave.
type missing struct {
	Open
	place string
}

func (s *settler) settle() (Settled, error) {
	for _, spec := range s.inputs {
		if !spec.Ranked {
			return Settled{}, fmt.Errorf("input %q of %s declares no shape, so no values can be made for it; export the model with its input shapes, or give the inputs with --data", spec.Name, s.model)
		}
	}
	if s.apart() {
		s.leads = make([]bool, len(s.inputs))
	}
	batch, err := s.batch()
	if err != nil {
		return Settled{}, err
	}
	found := Settled{Batch: max(batch, 1), Shapes: make([][]int64, len(s.inputs))}
	for i, spec := range s.inputs {
		if err := s.whole(spec); err != nil {
			return found, err
		}
		found.Shapes[i] = make([]int64, len(spec.Shape))
		for axis := range spec.Shape {
			if found.Shapes[i][axis], err = s.size(i, axis, batch); err != nil {
				return found, err
			}
		}
	}
	found.Others = strings.Join(s.others, " ")
	if err := s.complete(); err != nil {
		return found, err
	}
	if len(s.inputs) > 0 && !slices.ContainsFunc(found.Shapes, filled) {
		return found, outcome.Usagef("every input of %s is empty, so nothing would be computed; give other sizes with --shape, or export it with another batch", s.model)
	}
	if !s.HasBatch() {
		found.Batch, err = s.fixedBatch(found.Shapes)
	}
	return found, err
}

// filled reports whether a tensor of a shape has elements.
func filled(shape []int64) bool { return !slices.Contains(shape, 0) }

// apart reports whether first dimensions that have no name were given different sizes, and thus are not one.
func (s *settler) apart() bool {
	var sizes []int64
	for i, spec := range s.inputs {
		if size, given := s.ask.Sizes[Place(spec.Name, 0)]; given && s.leads[i] && s.symbol == "" {
			sizes = append(sizes, size)
		}
	}
	return len(slices.Compact(slices.Sorted(slices.Values(sizes)))) > 1
}

// batch is the size of the batch, 0 for a model that leaves none open.
func (s *settler) batch() (int64, error) {
	if !s.HasBatch() {
		return 0, nil
	}
	said := map[int64]string{}
	if s.ask.Batch > 0 {
		said[s.ask.Batch] = fmt.Sprintf("--batch %d", s.ask.Batch)
	}
	for i, spec := range s.inputs {
		for axis, d := range spec.Shape {
			if !s.isBatch(i, axis) {
				continue
			}
			for _, name := range []string{Place(spec.Name, axis), d.Param} {
				size, given := s.ask.Sizes[name]
				if !given || name == "" || name == d.Param && !s.meansBatch(name) {
					continue
				}
				s.used[name] = true
				flag := fmt.Sprintf("--shape %s=%d", name, size)
				if s.ask.Batch > 0 {
					return 0, outcome.Usagef("%s and %s are about one dimension, the batch of %s; leave one of them out", said[s.ask.Batch], flag, s.model)
				}
				said[size] = flag
			}
		}
	}
	switch sizes := slices.Sorted(maps.Keys(said)); {
	case len(sizes) == 0:
		return max(s.ask.Usual, 1), nil
	case sizes[0] < 1:
		return 0, outcome.Usagef("%s gives %s a batch of %d, which computes nothing; it must be at least 1", said[sizes[0]], s.model, sizes[0])
	case len(sizes) > 1:
		return 0, outcome.Usagef("%s and %s give the batch of %s two sizes; leave one of them out", said[sizes[0]], said[sizes[1]], s.model)
	default:
		return sizes[0], nil
	}
}

// meansBatch reports whether a name stands at the batch and nowhere else.
func (s *settler) meansBatch(name string) bool {
	for i, spec := range s.inputs {
		for axis, d := range spec.Shape {
			if d.Size < 0 && d.Param == name && !s.isBatch(i, axis) {
				return false
			}
		}
	}
	return true
}

// whole refuses a shape of fewer dimensions than the input has: x:1x3x32 for float[batch,3,32,32]. That a whole shape is meant shows where
// it says the size of a dimension that is not open.
func (s *settler) whole(spec tensor.Spec) error {
	given, fixed := 0, false
	for axis, d := range spec.Shape {
		if _, ok := s.ask.Sizes[Place(spec.Name, axis)]; !ok {
			break
		}
		given, fixed = given+1, fixed || d.Size >= 0
	}
	if given < 2 || !fixed || given == len(spec.Shape) {
		return nil
	}
	return outcome.Usagef("--shape gives %d sizes of %s of %s, which has %d dimensions; give all of them, or only those that are open", given, spec, s.model, len(spec.Shape))
}

// size is that of one dimension.
func (s *settler) size(input, axis int, batch int64) (int64, error) {
	spec := s.inputs[input]
	d, place := spec.Shape[axis], Place(spec.Name, axis)
	given, ok := s.ask.Sizes[place]
	if d.Size >= 0 {
		if s.used[place] = s.used[place] || ok; ok && given != d.Size {
			return 0, outcome.Usagef("--shape %s=%d does not fit %s, which fixes dimension %d of input %q to %d", place, given, s.model, axis, spec.Name, d.Size)
		}
		return d.Size, nil
	}
	if s.isBatch(input, axis) {
		return batch, nil
	}
	name := place
	if d.Param != "" && !ok {
		if given, ok = s.ask.Sizes[d.Param]; ok {
			name = d.Param
		}
	}
	if !ok {
		s.lacks(input, axis)
		return 0, nil
	}
	if given < 0 {
		return 0, outcome.Usagef("--shape %s=%d: a size is 0 or more", name, given)
	}
	s.used[name] = true
	if told := fmt.Sprintf("%s=%d", name, given); !slices.Contains(s.others, told) {
		s.others = append(s.others, told)
	}
	return given, nil
}

// lacks notes a dimension whose size nobody gave, once for each name.
func (s *settler) lacks(input, axis int) {
	spec := s.inputs[input]
	m := missing{Open{nameOf(spec, spec.Shape[axis]), usual(spec, axis)}, fmt.Sprintf("dimension %d of %s", axis, spec)}
	if m.Name == "" {
		m.Name = Place(spec.Name, axis)
	}
	if what := meaning(spec, axis); what != "" {
		m.place += " (" + what + ")"
	}
	if !slices.ContainsFunc(s.missing, func(other missing) bool { return other.Name == m.Name }) {
		s.missing = append(s.missing, m)
	}
}

// mostMissing bounds the dimensions that a message names.
const mostMissing = 8

// complete reports what is missing, all at once, or what was given for nothing.
func (s *settler) complete() error {
	if len(s.missing) > 0 {
		var places, flags []string
		for _, m := range s.missing[:min(len(s.missing), mostMissing)] {
			places, flags = append(places, m.place), append(flags, "--shape "+m.Name+"=…")
		}
		if more := len(s.missing) - mostMissing; more > 0 {
			places = append(places, fmt.Sprintf("%d more", more))
		}
		return outcome.Usagef("%s leaves sizes open that nobody gave: %s; give them with %s", s.model, strings.Join(places, ", "), strings.Join(flags, " "))
	}
	for _, name := range slices.Sorted(maps.Keys(s.ask.Sizes)) {
		if !s.used[name] {
			return outcome.Usagef("no input of %s has a symbolic dimension %q; %s", s.model, name, s.open())
		}
	}
	return nil
}

// open lists the dimensions that can be given.
func (s *settler) open() string {
	var names []string
	for _, spec := range s.inputs {
		for axis, d := range spec.Shape {
			name := nameOf(spec, d)
			if name == "" {
				name = Place(spec.Name, axis)
			}
			if d.Size < 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "all its sizes are fixed"
	}
	return "those that are open are " + strings.Join(names, ", ")
}

// fixedBatch is the first dimension that all inputs have in common where none is open, else 1. A batch that was asked for must be it.
func (s *settler) fixedBatch(shapes [][]int64) (int64, error) {
	batch := int64(0)
	for _, shape := range shapes {
		switch {
		case len(shape) == 0:
		case batch == 0:
			batch = shape[0]
		case batch != shape[0]:
			batch = -1
		}
	}
	open := slices.ContainsFunc(s.inputs, func(spec tensor.Spec) bool { _, open := openFirst(spec); return open })
	if batch < 1 || open {
		batch = 1
	}
	if s.ask.Batch > 0 && s.ask.Batch != batch {
		return 0, outcome.Usagef("batch %d does not fit %s: %s", s.ask.Batch, s.model, s.whyNoBatch(batch, open))
	}
	return batch, nil
}

func (s *settler) whyNoBatch(batch int64, open bool) string {
	if open {
		return "no first dimension is the batch of all its inputs and outputs; " + s.open() + ", to give with --shape"
	}
	return fmt.Sprintf("the first dimension of its inputs is fixed to %d", batch)
}
