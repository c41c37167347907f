package bench

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// Inputs that an operator does not take are the user's to correct, and no other unit would take them.
func TestRejectedInputsAreNoFaultOfTheEngine(t *testing.T) {
	said := refused(worker.Refusal("bind inputs of m.onnx: Non-zero status code returned while running Gather node. Name:'lookup' Status Message: indices element out of data bounds, idx=9"))
	generated := condition{}.rejected(said)
	if !errors.Is(generated, ErrUsage) || !fatal(generated) || !strings.HasPrefix(generated.Error(), "operator Gather (node lookup) rejects the generated inputs: ") {
		t.Errorf("of generated inputs it says: %v", generated)
	}
	given := condition{samples: []tensor.Map{{}}}.rejected(said)
	if !errors.Is(given, ErrUsage) || !fatal(given) || !strings.HasPrefix(given.Error(), "operator Gather (node lookup) rejects the inputs of the data: ") {
		t.Errorf("of the user's inputs it says: %v", given)
	}
	for _, other := range []error{errors.New("it broke"), refused(worker.Refusal("no such operator"))} {
		if got := (condition{}).rejected(other); got != other { //nolint:errorlint // the same error, not one that wraps it
			t.Errorf("%v became %v", other, got)
		}
	}
	if !fatal(refused(worker.Refusal("no such operator"))) || fatal(refused(errors.New("it broke"))) {
		t.Error("what an engine refuses is fatal, and nothing else")
	}
}
