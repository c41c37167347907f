package algebra

import (
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Unread is the refusal for a node whose attributes and lists cannot be read.
func Unread(err error) *refusal.Refusal {
	reason := refusal.Unsupported
	switch op.KindOf(err) {
	case op.Computed:
		reason = refusal.NotConstant
	case op.Padding:
		reason = refusal.PaddingMode
	case op.Invalid:
	}
	return refusal.New(reason, "%v", err)
}
