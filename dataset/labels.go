package dataset

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// Remark is something about an array that a reader should know of.
type Remark struct {
	Array  string // its name
	Reason string // a stable word
	Detail string // a sentence without a full stop
}

// The reasons of remarks.
const (
	LabelsOneHot     = "labels_one_hot"     // a row of zeros and a one for each sample
	LabelsFloat      = "labels_float"       // class numbers of a floating-point type
	LabelsNotClasses = "labels_not_classes" // anything else than one class for each sample
)

// labelRows is how many labels are read at once.
const labelRows = 4096

// labels is what is known of the array of labels.
type labels struct {
	name    string
	classes []int64 // one for each sample; nil where the array holds no class numbers
	remarks []Remark
}

// readLabels reads the class of each sample. Rows that are one-hot and whole numbers of a floating-point type are taken
// for what they mean, and a remark says so. Other arrays with something for each sample are left alone.
func readLabels(m *member, samples int) (*labels, error) {
	l := &labels{name: m.name}
	if len(m.shape) == 0 || m.shape[0] != int64(samples) || m.count == 0 {
		return nil, fmt.Errorf("array %q has shape %s; labels are one for each of the %d images", m.name, tensor.FormatShape(m.shape), samples)
	}
	width := m.count / samples
	if width > 1 && len(m.shape) > 2 {
		l.remark(LabelsNotClasses, "its shape is %s, not one class number for each image, so accuracy is not computed", tensor.FormatShape(m.shape))
		return l, nil
	}
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	if err := l.read(m, r, samples, width); err != nil {
		return nil, err
	}
	if l.classes == nil {
		return l, nil
	}
	switch {
	case width > 1:
		l.remark(LabelsOneHot, "it is one-hot: the place of the 1 is taken for the class; numpy.argmax(labels, axis=1) makes class numbers of it")
	case m.typ.IsFloat():
		l.remark(LabelsFloat, "it is %s: its whole numbers are taken for the classes; save it as int64", m.typ)
	}
	return l, nil
}

func (l *labels) remark(reason, format string, args ...any) {
	l.remarks = append(l.remarks, Remark{l.name, reason, fmt.Sprintf(format, args...)})
}

// read reads the classes. It ends at the first sample that has none.
func (l *labels) read(m *member, r *stream, samples, width int) error {
	for first := 0; first < samples; first += labelRows {
		rows := min(labelRows, samples-first)
		t, err := m.read(r, rows, rows)
		if err != nil {
			return err
		}
		list, ok := classesOf(t, width)
		if ok {
			l.classes = append(l.classes, list...)
			continue
		}
		if t.Type().IsInteger() && width == 1 {
			return fmt.Errorf("array %q holds a label past the range of int64", l.name)
		}
		l.classes = nil
		what := "holds numbers with a fraction"
		if width > 1 {
			what = fmt.Sprintf("has shape %s and is not one-hot", tensor.FormatShape(m.shape))
		}
		l.remark(LabelsNotClasses, "it %s, so it is not one class number for each image, and accuracy is not computed", what)
		return nil
	}
	return r.finish(m.name)
}

// classesOf is the class that each row of labels names; false where one names none.
func classesOf(t *tensor.Tensor, width int) ([]int64, bool) {
	if width == 1 && t.Type().IsInteger() {
		return t.Int64s()
	}
	values := t.Float64s()
	classes := make([]int64, 0, len(values)/width)
	for ; len(values) > 0; values = values[width:] {
		class, ok := whole(values[0])
		if width > 1 {
			class, ok = oneHot(values[:width])
		}
		if !ok {
			return nil, false
		}
		classes = append(classes, class)
	}
	return classes, true
}

// whole is v as an integer; false where it is none.
func whole(v float64) (int64, bool) {
	return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
}

// oneHot is the place of the only 1 in a row of zeros.
func oneHot(row []float64) (int64, bool) {
	place := int64(-1)
	for i, v := range row {
		switch {
		case v == 1 && place < 0:
			place = int64(i)
		case v != 0:
			return 0, false
		}
	}
	return place, place >= 0
}
