package backendtest

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestModels saves every model of the suite and runs the file: it takes the inputs that the suite makes, and its
// description is that of the file.
func TestModels(t *testing.T) {
	for _, m := range []*model{network(), arithmetic(), identity(tensor.Int32)} {
		saved, err := m.save(filepath.Join(t.TempDir(), m.name+".onnx"))
		if err != nil {
			t.Fatal(err)
		}
		if len(saved.Inputs) == 0 || len(saved.Outputs) == 0 || saved.Name == "" {
			t.Errorf("%s: described as %+v", m.name, saved)
		}
		s, err := reference.New().Open(t.Context(), saved, backends.Tuning{})
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	first, again, other := network().random(2, 1), network().random(2, 1), network().random(2, 2)
	if compare(again, first, 0) != nil || compare(other, first, 0) == nil {
		t.Error("inputs do not follow from the seed")
	}
}
