// Package refusal is how the packages below passes say why they leave something as it is.
//
// A rewrite is exact or does not happen. A function that reads or plans one returns a [Refusal] where it does
// not: a stable word, which other programs may rely on, and one sentence for people that says what to change.
// The pass adds the node and hands both to the runner. The documentation of package passes says what each word
// means.
package refusal

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/internal/op"
)

// The reasons for a refusal.
const (
	Border        = "border"
	Costlier      = "costlier"
	ElementType   = "element_type"
	GraphInput    = "graph_input"
	Misaligned    = "misaligned"
	NoConvolution = "no_convolution"
	NonFinite     = "non_finite"
	NotAffine     = "not_affine"
	NotChannel    = "not_channel"
	NotConstant   = "not_constant"
	NotInlined    = "not_inlined"
	Overflow      = "overflow"
	PaddingMode   = "padding_mode"
	Quantized     = "quantized"
	SharedOutput  = "shared_output"
	TrainingMode  = "training_mode"
	Unsupported   = "unsupported"
)

// Refusal says why a rewrite does not happen.
type Refusal struct {
	Reason string // one of the words above
	Detail string // one sentence without a full stop
}

// New makes a refusal of a reason and a sentence.
func New(reason, format string, args ...any) *Refusal {
	return &Refusal{reason, fmt.Sprintf(format, args...)}
}

// Of makes an error of package op a refusal.
func Of(err error) *Refusal {
	reason := Unsupported
	switch op.KindOf(err) {
	case op.Computed:
		reason = NotConstant
	case op.Padding:
		reason = PaddingMode
	}
	detail := err.Error()
	if !strings.Contains(detail, "; ") { // it says what is wrong, and not what to do
		detail += "; the model is invalid, export it again"
	}
	return &Refusal{reason, detail}
}
