package bench

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestFloat(t *testing.T) {
	data, err := json.Marshal([]Float{1.5, Float(math.NaN()), Float(math.Inf(-1))})
	if err != nil || string(data) != "[1.5,null,null]" {
		t.Errorf("got %s, %v", data, err)
	}
	var back []Float
	if err := json.Unmarshal(data, &back); err != nil || back[0] != 1.5 || !math.IsNaN(float64(back[1])) {
		t.Errorf("got %v, %v", back, err)
	}
}

func TestGoodUnitsAreComplete(t *testing.T) {
	s := Setting{Units: []Unit{
		{UnitRecord: UnitRecord{Unit: 0, Complete: true}}, {UnitRecord: UnitRecord{Unit: 1}}, {UnitRecord: UnitRecord{Unit: 2, Complete: true}},
	}}
	if good := s.Good(); len(good) != 2 || good[1].Unit != 2 {
		t.Errorf("%+v", good)
	}
}

func TestClock(t *testing.T) {
	for want, engine := range map[string]*backends.Description{
		backends.ClockHost: nil, backends.ClockGPU: {Clock: backends.ClockGPU},
	} {
		if got := (&Setting{Engine: engine}).Clock(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Clock(&backends.Description{}); got != backends.ClockHost {
		t.Errorf("an engine that does not say: %q", got)
	}
}

func TestOnlyTheSameEngineIsSkipped(t *testing.T) {
	r := Recording{Skipped: []backends.Skip{{Backend: "ort", Provider: "cuda"}}}
	if !r.skips("ort", "cuda") || r.skips("ort", "cpu") || r.skips("tensorrt", "cuda") {
		t.Error("the wrong engines are skipped")
	}
}
