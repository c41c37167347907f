package verify

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Data are the user's images: one array per input of a model, and labels. They are read in batches
// and never held as a whole.
type Data struct {
	path    string
	samples int
	labels  *member // nil without labels
	inputs  []feed
	batch   int  // images in a run
	fixed   bool // the model takes no other number
}

// feed is an array of the file with the input it goes to.
type feed struct {
	spec   tensor.Spec
	member *member
}

// Batch is a part of the data, ready to run.
type Batch struct {
	Inputs tensor.Map
	Labels []int64 // nil without labels
	First  int     // the place of the first image in the data
	Rows   int     // images that count
	Padded int     // images in Inputs: a model with a fixed batch gets the last one filled up
}

// OpenData opens an .npz file for a model with the given inputs and checks that they fit. The file is
// read again by every [Data.Batches].
func OpenData(o DataOptions, inputs []tensor.Spec) (*Data, error) {
	d, err := openData(o, inputs)
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", o.Path, err)
	}
	return d, nil
}

func openData(o DataOptions, inputs []tensor.Spec) (*Data, error) {
	a, err := openArchive(o.Path)
	if err != nil {
		return nil, err
	}
	d := &Data{path: o.Path, batch: max(o.Batch, 1), samples: -1}
	for _, spec := range inputs {
		m, err := a.find(arrayOf(spec, o, len(inputs)))
		if err != nil {
			return nil, err
		}
		if err := d.feed(spec, m); err != nil {
			return nil, err
		}
	}
	if len(d.inputs) == 0 {
		return nil, fmt.Errorf("the model takes no inputs")
	}
	if d.samples == 0 {
		return nil, fmt.Errorf("array %q is empty", d.inputs[0].member.name)
	}
	if !a.has(o.Labels) {
		return d, nil
	}
	d.labels, err = a.find(o.Labels)
	if err != nil {
		return nil, err
	}
	return d, checkLabels(d.labels, d.samples)
}

// arrayOf is the name of the array for an input.
func arrayOf(spec tensor.Spec, o DataOptions, inputs int) string {
	if inputs > 1 {
		return spec.Name
	}
	return o.Images
}

// feed adds an input after checking that the array fits it.
func (d *Data) feed(spec tensor.Spec, m *member) error {
	switch {
	case len(m.shape) == 0:
		return fmt.Errorf("array %q is a scalar, not a list of images", m.name)
	case d.samples >= 0 && m.shape[0] != int64(d.samples):
		return fmt.Errorf("array %q holds %d samples, the others %d", m.name, m.shape[0], d.samples)
	case m.typ != spec.Type && !spec.Type.IsFloat():
		return fmt.Errorf("array %q is %s, input %q is %s; save it as that", m.name, m.typ, spec.Name, spec.Type)
	case !fits(m.shape, spec):
		return fmt.Errorf("array %q has shape %s, which does not fit input %s", m.name, tensor.FormatShape(m.shape), spec)
	}
	d.samples = int(m.shape[0])
	if spec.Ranked && spec.Shape[0].Size > 0 {
		if d.fixed && int64(d.batch) != spec.Shape[0].Size {
			return fmt.Errorf("the batch of input %q is fixed to %d, that of another input to %d", spec.Name, spec.Shape[0].Size, d.batch)
		}
		d.batch, d.fixed = int(spec.Shape[0].Size), true
	}
	if row := int64(m.typ.ByteSize(m.count / max(d.samples, 1))); row > 0 && int64(d.batch) > maxInputBytes/row {
		return fmt.Errorf("%d samples of %d bytes each for input %q are too many for one run", d.batch, row, spec.Name)
	}
	d.inputs = append(d.inputs, feed{spec, m})
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
func (d *Data) Samples() int { return d.samples }

// Batches reads the file from its start. It ends after the first error.
func (d *Data) Batches() iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		err := d.each(func(b Batch) bool { return yield(b, nil) })
		if err != nil {
			yield(Batch{}, fmt.Errorf("read data %s: %w", d.path, err))
		}
	}
}

// each reads all arrays side by side.
func (d *Data) each(use func(Batch) bool) (err error) {
	members := make([]*member, 0, len(d.inputs)+1)
	for _, in := range d.inputs {
		members = append(members, in.member)
	}
	if d.labels != nil {
		members = append(members, d.labels)
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
	for first := 0; first < d.samples; first += d.batch {
		b, err := d.read(readers, first)
		if err != nil {
			return err
		}
		if !use(b) {
			return nil
		}
	}
	return nil
}

func (d *Data) read(readers []io.ReadCloser, first int) (Batch, error) {
	b := Batch{Inputs: tensor.Map{}, First: first, Rows: min(d.batch, d.samples-first)}
	b.Padded = b.Rows
	if d.fixed {
		b.Padded = d.batch
	}
	for i, in := range d.inputs {
		t, err := in.member.read(readers[i], b.Rows, b.Padded)
		if err != nil {
			return b, err
		}
		if b.Inputs[in.spec.Name], err = convert(t, in.spec.Type); err != nil {
			return b, fmt.Errorf("array %q as %s: %w", in.member.name, in.spec.Type, err)
		}
	}
	if d.labels == nil {
		return b, nil
	}
	t, err := d.labels.read(readers[len(d.inputs)], b.Rows, b.Rows)
	if err != nil {
		return b, err
	}
	labels, ok := t.Int64s()
	if !ok {
		return b, fmt.Errorf("array %q holds a label past the range of int64", d.labels.name)
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
