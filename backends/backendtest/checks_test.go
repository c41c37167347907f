package backendtest

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
)

func TestNamesOfFilesThatAreNoModels(t *testing.T) {
	nameless := nameless{reference.New()}
	err := refusesFiles(t.Context(), newSuite(nameless, Claims{}, t.TempDir()))
	if err == nil {
		t.Error("an error that does not name the file was taken")
	}
}

// TestTuningThatIsPassedOver finds an engine that opens a model whatever it is asked for.
func TestTuningThatIsPassedOver(t *testing.T) {
	if err := refusesTuning(t.Context(), newSuite(deaf{reference.New()}, Claims{}, t.TempDir())); err == nil {
		t.Error("an engine that passes over what is asked of it was taken")
	}
	if err := refusesTuning(t.Context(), newSuite(reference.New(), Claims{}, t.TempDir())); err != nil {
		t.Error(err)
	}
}

// deaf opens models as if nothing were asked of it.
type deaf struct{ *reference.Reference }

// nameless forgets the name of what it cannot open.
type nameless struct{ *reference.Reference }
