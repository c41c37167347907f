package emit

import (
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxSwell bounds how many times more weights a result may have than what it replaces, beyond stencil.MaxTaps.
const maxSwell = 256

// TooLarge refuses a kernel that is out of proportion to what it replaces, which rules of cost alone let
// through where strides are huge or where they are overridden.
func TooLarge(s stencil.Stencil, g stencil.Geometry, now int) *refusal.Refusal {
	if taps := stencil.Taps(g); taps > stencil.MaxTaps {
		return refusal.New(refusal.Unsupported, "the merged kernel would have %d elements, more than the limit of %d; the layers stay as they are", taps, stencil.MaxTaps)
	}
	if weights := s.Cost(g); weights > stencil.MaxTaps+stencil.Product(maxSwell, now) {
		return refusal.New(refusal.Unsupported, "the merged kernel would have %d weights, too many for the %d weights that it replaces; the layers stay as they are", weights, now)
	}
	return nil
}
