package judge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// A result tells its number, its interval and its limit; what is not known, or not asked for, is null.
func TestGateResultAsJSON(t *testing.T) {
	c := Comparison{Verdict: Equivalent, Margin: 0.02, Ratio: 1.004, CI: [2]bench.Float{0.999, 1.009}}
	for want, g := range map[string]Gates{
		`{"name":"latency","passed":true,"outcome":"passed","value":1.004,"ci":[0.999,1.009],"bound":1.02,"reason":""}`: {Latency: LatencyGate{Require: RequireEquivalent}},
		`{"name":"latency","passed":null,"outcome":"","value":1.004,"ci":[0.999,1.009],"bound":1.02,"reason":""}`:       {Latency: LatencyGate{Require: RequireNothing}},
	} {
		got, err := json.Marshal(g.OfComparison(c)[0])
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	got, err := json.Marshal(Gates{Proof: "algebra"}.OfRun(Evidence{})[0])
	if err != nil || !strings.HasPrefix(string(got), `{"name":"proof","passed":false,"outcome":"invalid","value":null,"ci":[null,null],"bound":null`) {
		t.Errorf("%s, %v", got, err)
	}
}
