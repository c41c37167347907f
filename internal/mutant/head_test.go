package mutant_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestPutHead makes the decision the output, in its type.
func TestPutHead(t *testing.T) {
	for head, elem := range map[string]tensor.Type{
		mutant.NoHead: tensor.Float32, "Softmax": tensor.Float32, "Sigmoid": tensor.Float32, "ArgMax": tensor.Int64, "TopK": tensor.Int64,
	} {
		g, _, _ := built(t, ordinary())
		logits := g.Outputs()[0]
		logits.SetElem(tensor.Float32)
		mutant.PutHead(g, head)
		out := g.Outputs()
		if len(out) != 1 || out[0].Type().Elem != elem || (out[0] == logits) != (head == mutant.NoHead) {
			t.Errorf("%s: %d outputs, %s", head, len(out), out[0].Type())
		}
		if head != mutant.NoHead && !out[0].Producer().Is(head) {
			t.Errorf("%s: the output is one of %s", head, out[0].Producer().OpType)
		}
		if err := g.Model().Check(); err != nil {
			t.Errorf("%s: %v", head, err)
		}
	}
	if len(mutant.Heads()) != 5 {
		t.Errorf("%v", mutant.Heads())
	}
}
