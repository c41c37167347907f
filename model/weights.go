package model

import (
	"encoding/binary"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Weights counts the floating-point numbers of a model, and those among them that are not normal numbers: an
// engine may be slower with them.
type Weights struct {
	Values, Subnormal, NaN, Inf int64 // how many: all, subnormal ones, those that are no number, infinite ones
}

// Weights looks at every floating-point weight of the file.
func (f *File) Weights() (Weights, error) {
	var w Weights
	err := Do(func() (err error) {
		w, err = countWeights(f.Model())
		return err
	})
	if err != nil {
		err = fmt.Errorf("read model %s: %w", f.Path(), err)
	}
	return w, err
}

func countWeights(m *graph.Model) (w Weights, err error) {
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			t := v.Data()
			if t == nil {
				continue
			}
			layout, ok := layouts(t.Type())
			if !ok {
				continue
			}
			raw, err := t.Bytes()
			if err != nil {
				return w, fmt.Errorf("initializer %s: %w", v.Name(), err)
			}
			layout.count(raw, &w)
		}
	}
	return w, nil
}

// layout is where the parts of a floating-point number lie.
type layout struct {
	size               int // bytes
	exponent, fraction uint64
}

func layouts(t tensor.Type) (layout, bool) {
	switch t {
	case tensor.Float16:
		return layout{2, 0x7c00, 0x03ff}, true
	case tensor.BFloat16:
		return layout{2, 0x7f80, 0x007f}, true
	case tensor.Float32:
		return layout{4, 0x7f800000, 0x007fffff}, true
	case tensor.Float64:
		return layout{8, 0x7ff0000000000000, 0x000fffffffffffff}, true
	}
	return layout{}, false
}

func (l layout) count(raw []byte, w *Weights) {
	for ; len(raw) >= l.size; raw = raw[l.size:] {
		var bits uint64
		switch l.size {
		case 2:
			bits = uint64(binary.LittleEndian.Uint16(raw))
		case 4:
			bits = uint64(binary.LittleEndian.Uint32(raw))
		default:
			bits = binary.LittleEndian.Uint64(raw)
		}
		w.Values++
		switch exponent, fraction := bits&l.exponent, bits&l.fraction; {
		case exponent == 0 && fraction != 0:
			w.Subnormal++
		case exponent == l.exponent && fraction != 0:
			w.NaN++
		case exponent == l.exponent:
			w.Inf++
		}
	}
}
