package judge

import (
	"errors"
	"strings"
	"testing"
)

// Counts are judged as they are, at the limit and one beyond it, and what is not known is no failure of the model.
func TestGatesOfARun(t *testing.T) {
	count := func(n int) *int { return &n }
	known := Evidence{
		Proof: "algebra", Enough: true, Top1: &Right{Before: 980, After: 979, Of: 1000}, Bytes: [2]int64{1000, 1050},
		Refusals: count(2), Convs: count(20), Baseline: count(20), Absent: map[string]string{"ort:cuda": "there is no GPU"},
	}
	for name, c := range map[string]struct {
		gates   Gates
		found   Evidence
		outcome string
		says    string
	}{
		"proof":             {Gates{Proof: "algebra"}, known, GatePassed, ""},
		"weak proof":        {Gates{Proof: "algebra"}, Evidence{Proof: "partial"}, GateFailed, "the proof is partial"},
		"no proof":          {Gates{Proof: "algebra"}, Evidence{}, GateInvalid, "not compared"},
		"top-1":             {Gates{Top1MaxDrop: "0.001"}, known, GatePassed, ""},
		"top-1 lost":        {Gates{Top1MaxDrop: "0.0009"}, known, GateFailed, "979 of 1000 answers are right instead of 980; top1_max_drop is 0.0009"},
		"top-1 unknown":     {Gates{Top1MaxDrop: "0"}, Evidence{}, GateInvalid, "verify.data"},
		"size":              {Gates{SizeMaxGrowth: "0.05"}, known, GatePassed, ""},
		"size grows":        {Gates{SizeMaxGrowth: "0.049"}, known, GateFailed, "1050 bytes instead of 1000"},
		"size unknown":      {Gates{SizeMaxGrowth: "0"}, Evidence{}, GateInvalid, "not known"},
		"refusals":          {Gates{Fused: FusedGate{MaxRefusals: "2"}}, known, GatePassed, ""},
		"more refusals":     {Gates{Fused: FusedGate{MaxRefusals: "1"}}, known, GateFailed, "2 refusals; fused.max_refusals allows 1"},
		"nothing fused":     {Gates{Fused: FusedGate{MaxRefusals: "1"}}, Evidence{}, GateInvalid, "nothing was fused"},
		"convolutions":      {Gates{Fused: FusedGate{ConvCount: ConvCountBaseline}}, known, GatePassed, ""},
		"more convolutions": {Gates{Fused: FusedGate{ConvCount: "19"}}, known, GateFailed, "20 convolutions; fused.conv_count allows 19"},
		"no baseline":       {Gates{Fused: FusedGate{ConvCount: ConvCountBaseline}}, Evidence{Convs: count(1)}, GateInvalid, "no baseline"},
		"an engine":         {Gates{Engines: []string{"ort"}}, known, GatePassed, ""},
		"a missing engine":  {Gates{Engines: []string{"ort:cuda"}}, known, GateMissing, "required engine ort:cuda: there is no GPU"},
	} {
		list := c.gates.OfRun(c.found)
		if len(list) != 1 || list[0].Outcome != c.outcome || *list[0].Passed != (c.outcome == GatePassed) || !strings.Contains(list[0].Reason, c.says) {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if got := (Gates{}).OfRun(Evidence{}); len(got) != 0 {
		t.Errorf("nothing is asked for: %+v", got)
	}
	if Anything(true, 3).Outcome != GatePassed || Anything(false, 0).Outcome != GateFailed {
		t.Error("whether anything was fused is not judged")
	}
}

// A gate that makes no sense is named by its field.
func TestGatesThatMakeNoSense(t *testing.T) {
	for field, g := range map[string]Gates{
		"proof":              {Proof: "algebraic"},
		"top1_max_drop":      {Top1MaxDrop: "-0.1"},
		"size_max_growth":    {SizeMaxGrowth: "much"},
		"fused.max_refusals": {Fused: FusedGate{MaxRefusals: "-1"}},
		"fused.conv_count":   {Fused: FusedGate{ConvCount: "some"}},
	} {
		g.Latency.Require = RequireNothing
		var wrong fieldError
		if err := g.Validate(); !errors.As(err, &wrong) || wrong.Field() != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
