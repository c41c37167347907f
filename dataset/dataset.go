// Package dataset reads arrays of the user's, such as images and their labels, and hands them out in batches by the
// name of a model's input.
package dataset

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/tensor"
)

// maxInputBytes bounds what one batch holds for an input.
const maxInputBytes = 1 << 30

// Options say where samples and their labels are.
type Options struct {
	// Path of an .npz or .npy file, or of a folder of such files; "" for none.
	Path string `yaml:"path" path:"input" json:"path" doc:"samples to verify and to measure with: an .npz file of images and labels or of arrays named like the inputs, a folder with such arrays as .npy files, one .npy file for a model with one input, or a folder with an .npz file for each run; empty generates inputs"`
	// Images is the name of the array of images, batch first. A model with several inputs takes the
	// arrays that are named like its inputs, and so does one whose file has no array of this name.
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

// Set is opened samples: one array per input of a model, and labels. It is read in batches and never held as a whole.
type Set struct {
	path    string
	runs    []run // samples that are the inputs of one run each; nil for arrays of samples
	samples int
	labels  *labels // nil without labels
	inputs  []feed
	scalars tensor.Map // of inputs that are one number
	batch   int        // samples in a run
	fixed   bool       // the model takes no other number
}

// feed is an array of the file with the input it goes to.
type feed struct {
	spec   tensor.Spec
	member *member
}

// Batch is a part of a set, ready to run.
type Batch struct {
	Inputs tensor.Map // a tensor for each input, by its name
	Labels []int64    // nil without labels
	First  int        // the place of the first sample in the set
	Rows   int        // samples that count; 0 where the inputs have no batch
	Padded int        // samples in Inputs: a model with a fixed batch gets the last one filled up
}

// Open opens samples for a model with the given inputs and outputs and checks that they fit. They are read again by every
// [Set.Batches].
//
// An .npz file, or a folder of .npy files, holds an array of samples for each input, batch first. Where the inputs have no batch in common,
// it holds the inputs of one run. A folder of .npz files holds the inputs of a run in each. An .npy file holds the samples of the only input.
func Open(o Options, inputs, outputs []tensor.Spec) (*Set, error) {
	s, err := open(o, inputs, outputs)
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", o.Path, err)
	}
	return s, nil
}

func open(o Options, inputs, outputs []tensor.Spec) (*Set, error) {
	for _, spec := range inputs {
		if spec.Type == tensor.Undefined {
			return nil, fmt.Errorf("input %q is no tensor but a sequence, a map or an optional, which no array can be", spec.Name)
		}
	}
	leads := dims.Read("", inputs, outputs)
	if info, err := os.Stat(o.Path); err == nil && info.IsDir() {
		return openFolder(o, inputs, leads)
	}
	one, err := openArray(o.Path)
	if err != nil {
		return nil, err
	}
	if one != nil {
		return one.open(o, inputs, leads)
	}
	a, err := openArchive(o.Path)
	if err != nil {
		return nil, err
	}
	if !a.has(o.Images) && !leads.LeadsAll() {
		return openRuns(o.Path, []source{a}, inputs, leads)
	}
	return openSamples(o, a, inputs)
}

// openSamples opens arrays of samples, one for each input, and their labels where there are any.
func openSamples(o Options, a source, inputs []tensor.Spec) (*Set, error) {
	s := &Set{path: o.Path, batch: max(o.Batch, 1), samples: -1, scalars: tensor.Map{}}
	for _, spec := range inputs {
		m, err := a.find(o.arrayOf(spec, a, len(inputs)))
		if err != nil {
			return nil, err
		}
		if err := s.feed(spec, m); err != nil {
			return nil, err
		}
	}
	if len(s.inputs) == 0 {
		return nil, fmt.Errorf("the model has no input that takes a batch of images")
	}
	if s.samples == 0 {
		return nil, fmt.Errorf("array %q is empty", s.inputs[0].member.name)
	}
	if !a.has(o.Labels) {
		return s, nil
	}
	m, err := a.find(o.Labels)
	if err != nil {
		return nil, err
	}
	s.labels, err = readLabels(m, s.samples)
	return s, err
}

// arrayOf is the name of the array for an input.
func (o Options) arrayOf(spec tensor.Spec, a source, inputs int) string {
	if inputs > 1 || !a.has(o.Images) && a.has(spec.Name) {
		return spec.Name
	}
	return o.Images
}

// feed adds an input after checking that the array fits it.
func (s *Set) feed(spec tensor.Spec, m *member) error {
	switch {
	case len(m.shape) == 0 && spec.Ranked && len(spec.Shape) == 0:
		return s.feedScalar(spec, m)
	case len(m.shape) == 0:
		return fmt.Errorf("array %q is a scalar, not a list of images", m.name)
	case s.samples >= 0 && m.shape[0] != int64(s.samples):
		return fmt.Errorf("array %q holds %d samples, the others %d", m.name, m.shape[0], s.samples)
	case !converts(m.typ, spec.Type):
		return fmt.Errorf("array %q is %s, input %q is %s; save it as that", m.name, m.typ, spec.Name, spec.Type)
	case !fits(m.shape, spec):
		return fmt.Errorf("array %q has shape %s, which does not fit input %s%s", m.name, tensor.FormatShape(m.shape), spec, layoutHint(m.name, m.shape, spec))
	}
	if m.shape[0] > 0 && m.count == 0 {
		return fmt.Errorf("array %q has shape %s: its samples are empty", m.name, tensor.FormatShape(m.shape))
	}
	s.samples = int(m.shape[0])
	if spec.Ranked && spec.Shape[0].Size > 0 {
		if s.fixed && int64(s.batch) != spec.Shape[0].Size {
			return fmt.Errorf("the batch of input %q is fixed to %d, that of another input to %d", spec.Name, spec.Shape[0].Size, s.batch)
		}
		s.batch, s.fixed = int(spec.Shape[0].Size), true
	}
	if row := int64(m.size(m.count / max(s.samples, 1))); row > 0 && int64(s.batch) > maxInputBytes/row {
		return fmt.Errorf("%d samples of %d bytes each for input %q are too many for one run", s.batch, row, spec.Name)
	}
	s.inputs = append(s.inputs, feed{spec, m})
	return nil
}

// feedScalar adds an input that is one number, the same for each batch.
func (s *Set) feedScalar(spec tensor.Spec, m *member) error {
	if m.typ != spec.Type {
		return fmt.Errorf("array %q is %s, input %q is %s; save it as that", m.name, m.typ, spec.Name, spec.Type)
	}
	t, err := m.whole()
	if err != nil {
		return err
	}
	s.scalars[spec.Name] = t
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

// Samples is the number of images.
func (s *Set) Samples() int { return s.samples }

// Parts reports whether arrays of samples are parted into batches whose size the model leaves open.
func (s *Set) Parts() bool { return s.runs == nil && !s.fixed }

// Labels are the class of each sample, and the name of the array that holds them; nil where the file holds none.
func (s *Set) Labels() (classes []int64, array string) {
	if s.labels == nil {
		return nil, ""
	}
	return s.labels.classes, s.labels.name
}

// Remarks are what a reader of results over the set should know of.
func (s *Set) Remarks() []Remark {
	if s.labels == nil {
		return nil
	}
	return s.labels.remarks
}

// Batches reads the file from its start. It ends after the first error.
func (s *Set) Batches() iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		each := s.each
		if s.runs != nil {
			each = s.eachRun
		}
		err := each(func(b Batch) bool { return yield(b, nil) })
		if err != nil {
			yield(Batch{}, fmt.Errorf("read data %s: %w", s.path, err))
		}
	}
}

// each reads all arrays side by side.
func (s *Set) each(use func(Batch) bool) (err error) {
	readers := make([]*stream, 0, len(s.inputs))
	defer func() {
		for _, r := range readers {
			_ = r.Close() // only read from
		}
	}()
	for _, in := range s.inputs {
		r, err := in.member.open()
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
		if b.First+b.Rows == s.samples { // before the last of them counts
			for i, r := range readers {
				if err := r.finish(s.inputs[i].member.name); err != nil {
					return err
				}
			}
		}
		if !use(b) {
			return nil
		}
	}
	return nil
}

func (s *Set) read(readers []*stream, first int) (Batch, error) {
	b := Batch{Inputs: maps.Clone(s.scalars), First: first, Rows: min(s.batch, s.samples-first)}
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
	if classes, _ := s.Labels(); classes != nil {
		b.Labels = classes[first : first+b.Rows]
	}
	return b, nil
}

// converts reports whether an array's type can become an input's: any numbers become floating-point ones.
func converts(from, to tensor.Type) bool {
	return from == to || to.IsFloat() && from != tensor.String && from != tensor.Complex64 && from != tensor.Complex128
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
