package backendtest

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// carries hands a tensor of a type through and asks for the same bytes.
func (s *suite) carries(ctx context.Context, typ tensor.Type) error {
	m := identity(typ)
	x, err := sample(typ)
	if err != nil {
		return err
	}
	return s.with(ctx, m, func(session backends.Session) error {
		out, err := session.Run(ctx, tensor.Map{"x": x})
		if err != nil {
			return fmt.Errorf("run %s: %w", m.name, err)
		}
		if len(out) != 1 {
			return fmt.Errorf("%d outputs, want 1", len(out))
		}
		if err := same(out["y"], x); err != nil {
			return fmt.Errorf("output %q %w", "y", err)
		}
		return nil
	})
}

// sample is a 2×3 tensor of distinct values, the smallest and largest among them where a width of
// integers might be mistaken for another.
func sample(typ tensor.Type) (*tensor.Tensor, error) {
	shape := []int64{2, 3}
	switch typ {
	case tensor.String:
		return tensor.NewStrings(shape, []string{"ré", "", "a b", "c", "d", "e"})
	case tensor.Bool:
		return tensor.Of(shape, true, false, true, true, false, false), nil
	case tensor.Float32:
		return tensor.Of(shape, float32(1.5), -2, 3e38, 1e-30, 0, 7), nil
	case tensor.Float64:
		return tensor.Of(shape, 1.5, -2, 3e307, 1e-300, 0, 7), nil
	case tensor.Float16: // 1, -2, 65504, 0.5, 0, 7
		return tensor.New(typ, shape, []byte{0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x00, 0x38, 0, 0, 0x00, 0x47})
	case tensor.BFloat16: // 1, -2, 3e38, 0.5, 0, 7
		return tensor.New(typ, shape, []byte{0x80, 0x3f, 0x00, 0xc0, 0x61, 0x7f, 0x00, 0x3f, 0, 0, 0xe0, 0x40})
	case tensor.Int64: // the reference backend and engines that narrow to 32 bits must not lose these
		return tensor.Of(shape, int64(-9e18), 1<<40, -1, 0, 1, 9e18), nil
	case tensor.Uint64:
		return tensor.Of(shape, uint64(1)<<62, 1<<40, 3, 0, 1, 2), nil
	}
	if !typ.IsInteger() {
		return nil, fmt.Errorf("the suite has no values of type %s", typ)
	}
	// Every byte differs, so that neither order nor width can be mistaken.
	raw := make([]byte, typ.ByteSize(6))
	for i := range raw {
		raw[i] = byte(0x81 + 37*i)
	}
	return tensor.New(typ, shape, raw)
}
