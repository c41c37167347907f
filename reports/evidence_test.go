package reports

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/verify"
)

func TestEngineWord(t *testing.T) {
	for component, want := range map[string]string{
		`"ort"`: "ort", `{"ort": {"provider": "cuda"}}`: "ort:cuda", `{"tensorrt": {}}`: "tensorrt", `7`: "",
	} {
		if got := engineWord(json.RawMessage(component)); got != want {
			t.Errorf("%s is %q, want %q", component, got, want)
		}
	}
}

// An engine counts when a unit of it was measured, whatever its provider where none is asked for.
func TestEvidence(t *testing.T) {
	arm := judge.ArmRecord{Key: bench.Key{Backend: "ort", Provider: "cpu"}, Units: []judge.ArmUnit{{}}}
	r := New(nil, &Verify{Result: verify.Result{Proof: verify.Partial, Equal: true, Checks: []verify.Check{{Top1: &verify.Top1{Samples: 360, Before: 0.975, After: 0.97}}}}}, &judge.Result{
		Arms: []judge.ArmRecord{arm}, Skipped: []backends.Skip{{Backend: "tensorrt", Reason: "no trtexec", Remedy: "install it"}},
	})
	e := r.evidence(judge.Gates{Proof: "partial", Engines: []string{"ort", "ort:cpu", "ort:cuda", "tensorrt"}})
	if got, want := fmt.Sprint(e.Absent), "map[ort:cuda:it was not measured tensorrt:no trtexec; install it]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !e.Enough || e.Proof != "partial" || *e.Top1 != (judge.Right{Before: 351, After: 349, Of: 360}) {
		t.Errorf("%+v, %+v", e, e.Top1)
	}
	if e := (&Report{}).evidence(judge.Gates{}); e.Refusals != nil || e.Top1 != nil || e.Bytes != [2]int64{} {
		t.Errorf("of nothing: %+v", e)
	}
}
