package tensor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Count is the number of elements of a shape; a scalar has one. It fails when a dimension is
// negative or the product overflows.
func Count(shape []int64) (int, error) {
	n := int64(1)
	empty := false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("dimension %d is negative", d)
		}
		if d == 0 {
			empty = true
			continue
		}
		// The bound leaves room for 16-byte elements.
		if n > math.MaxInt64/16/d {
			return 0, fmt.Errorf("shape %s overflows", FormatShape(shape))
		}
		n *= d
	}
	if empty {
		return 0, nil
	}
	return int(n), nil
}

// FormatShape writes a shape as in ONNX's textual syntax: 64,3,3,3.
func FormatShape(shape []int64) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.FormatInt(d, 10)
	}
	return strings.Join(parts, ",")
}

// Dim is one dimension of a declared shape: a size, a named parameter, or unknown.
type Dim struct {
	Size  int64  // -1 when it is not a number
	Param string // the symbol, "" when there is none
}

// Fixed is a dimension of a known size.
func Fixed(size int64) Dim { return Dim{Size: size} }

// String is the size, the symbol, or "?".
func (d Dim) String() string {
	switch {
	case d.Size >= 0:
		return strconv.FormatInt(d.Size, 10)
	case d.Param != "":
		return d.Param
	}
	return "?"
}

// Spec declares an input or output of a model: its name, element type and shape.
type Spec struct {
	Name   string // of the input or output
	Type   Type   // of the elements
	Shape  []Dim  // sizes, or the names of open dimensions
	Ranked bool   // false when the file does not even give the number of dimensions
}

// String writes the declaration in ONNX's textual syntax: float[N,3,32,32] input.
func (s Spec) String() string {
	if !s.Ranked {
		return s.Type.String() + " " + s.Name
	}
	parts := make([]string, len(s.Shape))
	for i, d := range s.Shape {
		parts[i] = d.String()
	}
	return fmt.Sprintf("%s[%s] %s", s.Type, strings.Join(parts, ","), s.Name)
}
