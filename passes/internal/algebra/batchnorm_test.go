package algebra_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadBatchNorm(t *testing.T) {
	b := graphtest.New(17)
	a, why := algebra.ReadBatchNorm(b.BatchNorm(b.Input("x", 1, 2, 3), 2, 6, 1, 3, 4).Producer())
	if why != nil {
		t.Fatal(why.Detail)
	}
	if got := a.Of([]float64{5, 5}, 2); got[0] != 7 { // 6/√4·(5−3) + 1
		t.Errorf("5 becomes %v", got)
	}
}

func TestBatchNormInTraining(t *testing.T) {
	for opset, attr := range map[int64]*graph.Attr{17: graph.IntAttr("training_mode", 1), 6: nil} {
		b := graphtest.New(opset)
		n := b.BatchNorm(b.Input("x", 1, 2, 3), 2, 1, 0, 0, 1).Producer()
		if attr != nil {
			n.SetAttr(attr)
		}
		if _, why := algebra.ReadBatchNorm(n); why == nil || why.Reason != refusal.TrainingMode {
			t.Errorf("opset %d: %v", opset, why)
		}
	}
}
