package acdeploy

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/model"
)

// TestModelsAreSharedByStages opens the files of a run and asks for its arms: they are the files that are open
// already, so that a measurement opens none again.
func TestModelsAreSharedByStages(t *testing.T) {
	const trained, baseline = "examples/cifar_quick/acnet.onnx", "examples/cifar_quick/baseline.onnx"
	for name, c := range map[string]struct {
		baseline string
		want     func(m *models) []*model.File // the baseline of the arms and the model as trained
		same     bool
	}{
		"with a baseline":    {baseline, func(m *models) []*model.File { return []*model.File{m.baseline, m.trained} }, false},
		"without a baseline": {"", func(m *models) []*model.File { return []*model.File{m.trained, nil} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := &models{}
			if err := m.open(t.Context(), trained, c.baseline); err != nil {
				t.Fatal(err)
			}
			var err error
			if m.fused, err = model.Open(trained); err != nil {
				t.Fatal(err)
			}
			a := m.arms()
			if got := []*model.File{a.Baseline, a.AsTrained}; !slices.Equal(got, c.want(m)) || a.SameFunction != c.same {
				t.Errorf("arms are %+v", a)
			}
			if !slices.Equal(a.Candidates, []*model.File{m.fused}) {
				t.Errorf("candidates are %v", a.Candidates)
			}
			if err := m.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestModelsCloseWhatWasOpened fails at the second file: the first can be closed all the same.
func TestModelsCloseWhatWasOpened(t *testing.T) {
	m := &models{}
	if err := m.open(t.Context(), "examples/cifar_quick/acnet.onnx", "absent.onnx"); err == nil {
		t.Error("a file that is not there was opened")
	}
	if m.trained == nil || m.baseline != nil {
		t.Errorf("open are %+v", m)
	}
	if err := m.close(); err != nil {
		t.Error(err)
	}
}
