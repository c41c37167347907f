// Package dataset reads arrays of the user's, such as images and their labels, and hands them out in batches by the
// name of a model's input.
package dataset

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// maxInputBytes bounds what one batch holds for an input.
const maxInputBytes = 1 << 30

// Options say where samples and their labels are.
type Options struct {
	// Path of an .npz file; "" for none.
	Path string `yaml:"path" json:"path" doc:"file of images and labels (.npz); empty for none"`
	// Images is the name of the array of images, batch first. A model with several inputs takes the
	// arrays that are named like its inputs.
	Images string `yaml:"images" json:"images" doc:"name of the array of images in the data, batch first"`
	// Labels is the name of the array of class numbers. It may be absent from the file.
	Labels string `yaml:"labels" json:"labels" doc:"name of the array of class numbers in the data"`
	// Batch is the number of images in a run where the model leaves it open.
	Batch int `yaml:"batch" json:"batch" doc:"images in one run, 1 to 100000, where the model leaves that open"`
}

// Defaults are no file, and images under "images" and "labels" in batches of 32.
func Defaults() Options { return Options{Images: "images", Labels: "labels", Batch: 32} }

// Validate reports every option that makes no sense. Without a path nothing is read, and all are well.
func (o Options) Validate() error {
	if o.Path == "" {
		return nil
	}
	var errs []error
	if o.Batch < 1 || o.Batch > 100_000 {
		errs = append(errs, fmt.Errorf("batch must be 1 to 100000, not %d", o.Batch))
	}
	if o.Images == "" {
		errs = append(errs, errors.New("images must name an array of the data"))
	}
	return errors.Join(errs...)
}

// Set is an opened file of samples: one array per input of a model, and labels. It is read in batches and never held
// as a whole.
type Set struct {
	path    string
	samples int
	labels  *member // nil without labels
	inputs  []feed
	batch   int  // samples in a run
	fixed   bool // the model takes no other number
}

// feed is an array of the file with the input it goes to.
type feed struct {
	spec   tensor.Spec
	member *member
}

// Batch is a part of a set, ready to run.
type Batch struct {
	Inputs tensor.Map
	Labels []int64 // nil without labels
	First  int     // the place of the first sample in the set
	Rows   int     // samples that count
	Padded int     // samples in Inputs: a model with a fixed batch gets the last one filled up
}

// Open opens an .npz file for a model with the given inputs and checks that they fit. The file is read again by every
// [Set.Batches].
func Open(o Options, inputs []tensor.Spec) (*Set, error) {
	s, err := open(o, inputs)
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", o.Path, err)
	}
	return s, nil
}

func open(o Options, inputs []tensor.Spec) (*Set, error) {
	a, err := openArchive(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Set{path: o.Path, batch: max(o.Batch, 1), samples: -1}
	for _, spec := range inputs {
		m, err := a.find(arrayOf(spec, o, len(inputs)))
		if err != nil {
			return nil, err
		}
		if err := s.feed(spec, m); err != nil {
			return nil, err
		}
	}
	if len(s.inputs) == 0 {
		return nil, fmt.Errorf("the model takes no inputs")
	}
	if s.samples == 0 {
		return nil, fmt.Errorf("array %q is empty", s.inputs[0].member.name)
	}
	if !a.has(o.Labels) {
		return s, nil
	}
	s.labels, err = a.find(o.Labels)
	if err != nil {
		return nil, err
	}
	return s, checkLabels(s.labels, s.samples)
}

// arrayOf is the name of the array for an input.
func arrayOf(spec tensor.Spec, o Options, inputs int) string {
	if inputs > 1 {
		return spec.Name
	}
	return o.Images
}

// feed adds an input after checking that the array fits it.
func (s *Set) feed(spec tensor.Spec, m *member) error {
	switch {
	case len(m.shape) == 0:
		return fmt.Errorf("array %q is a scalar, not a list of images", m.name)
	case s.samples >= 0 && m.shape[0] != int64(s.samples):
		return fmt.Errorf("array %q holds %d samples, the others %d", m.name, m.shape[0], s.samples)
	case m.typ != spec.Type && !spec.Type.IsFloat():
		return fmt.Errorf("array %q is %s, input %q is %s; save it as that", m.name, m.typ, spec.Name, spec.Type)
	case !fits(m.shape, spec):
		return fmt.Errorf("array %q has shape %s, which does not fit input %s", m.name, tensor.FormatShape(m.shape), spec)
	}
	s.samples = int(m.shape[0])
	if spec.Ranked && spec.Shape[0].Size > 0 {
		if s.fixed && int64(s.batch) != spec.Shape[0].Size {
			return fmt.Errorf("the batch of input %q is fixed to %d, that of another input to %d", spec.Name, spec.Shape[0].Size, s.batch)
		}
		s.batch, s.fixed = int(spec.Shape[0].Size), true
	}
	if row := int64(m.typ.ByteSize(m.count / max(s.samples, 1))); row > 0 && int64(s.batch) > maxInputBytes/row {
		return fmt.Errorf("%d samples of %d bytes each for input %q are too many for one run", s.batch, row, spec.Name)
	}
	s.inputs = append(s.inputs, feed{spec, m})
	return nil
}

// fits reports whether each sample of an array has the shape of an input's.
func fits(shape []int64, spec tensor.Spec) bool {
	if !spec.Ranked {
		return true
	}
	if len(spec.Shape) != len(shape) || spec.Shape[0].Size == 0 {
		return false
	}
	for i, d := range spec.Shape[1:] {
		if d.Size >= 0 && d.Size != shape[i+1] {
			return false
		}
	}
	return true
}

func checkLabels(m *member, samples int) error {
	switch {
	case !m.typ.IsInteger():
		return fmt.Errorf("array %q is %s; labels are integers", m.name, m.typ)
	case m.count != samples || len(m.shape) == 0 || m.shape[0] != int64(samples):
		return fmt.Errorf("array %q has shape %s; labels are one for each of the %d images",
			m.name, tensor.FormatShape(m.shape), samples)
	}
	return nil
}

// Samples is the number of images.
func (s *Set) Samples() int { return s.samples }

// Batches reads the file from its start. It ends after the first error.
func (s *Set) Batches() iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		err := s.each(func(b Batch) bool { return yield(b, nil) })
		if err != nil {
			yield(Batch{}, fmt.Errorf("read data %s: %w", s.path, err))
		}
	}
}

// each reads all arrays side by side.
func (s *Set) each(use func(Batch) bool) (err error) {
	members := make([]*member, 0, len(s.inputs)+1)
	for _, in := range s.inputs {
		members = append(members, in.member)
	}
	if s.labels != nil {
		members = append(members, s.labels)
	}
	readers := make([]io.ReadCloser, 0, len(members))
	defer func() {
		for _, r := range readers {
			_ = r.Close() // only read from
		}
	}()
	for _, m := range members {
		r, err := m.open()
		if err != nil {
			return err
		}
		readers = append(readers, r)
	}
	for first := 0; first < s.samples; first += s.batch {
		b, err := s.read(readers, first)
		if err != nil {
			return err
		}
		if !use(b) {
			return nil
		}
	}
	return nil
}

func (s *Set) read(readers []io.ReadCloser, first int) (Batch, error) {
	b := Batch{Inputs: tensor.Map{}, First: first, Rows: min(s.batch, s.samples-first)}
	b.Padded = b.Rows
	if s.fixed {
		b.Padded = s.batch
	}
	for i, in := range s.inputs {
		t, err := in.member.read(readers[i], b.Rows, b.Padded)
		if err != nil {
			return b, err
		}
		if b.Inputs[in.spec.Name], err = convert(t, in.spec.Type); err != nil {
			return b, fmt.Errorf("array %q as %s: %w", in.member.name, in.spec.Type, err)
		}
	}
	if s.labels == nil {
		return b, nil
	}
	t, err := s.labels.read(readers[len(s.inputs)], b.Rows, b.Rows)
	if err != nil {
		return b, err
	}
	labels, ok := t.Int64s()
	if !ok {
		return b, fmt.Errorf("array %q holds a label past the range of int64", s.labels.name)
	}
	b.Labels = labels
	return b, nil
}

// convert gives the numbers of t another floating-point type.
func convert(t *tensor.Tensor, to tensor.Type) (*tensor.Tensor, error) {
	if t.Type() == to {
		return t, nil
	}
	raw, err := tensor.Compute(to, slices.Clone(t.Shape()), t).Bytes()
	if err != nil {
		return nil, err
	}
	return tensor.New(to, t.Shape(), raw)
}
