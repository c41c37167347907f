package worker

import (
	"slices"
	"testing"
)

// A slowed arm takes its share more, without what looking at the clock takes.
func TestSlow(t *testing.T) {
	f := &fake{latency: map[string]int64{"base": 1_000_000, "slow": 1_000_000}}
	s := f.server(f)
	s.Clock = func() int64 { f.now += 20; return f.now }
	replies := talk(t, s, checking(), opening("base", "slow"), Request{Op: opSlow, Slow: []float64{0, 0.05}}, timing(1, 0, 1))
	got := replies[3].Times.Nanoseconds
	if got[0] != 1_000_020 || got[1] < 1_050_000 || got[1] > 1_050_100 {
		t.Errorf("runs took %v", got)
	}
	if alone := replies[3].Times.Alone; len(alone) != 2 || len(alone[0]) != 0 || !slices.Equal(alone[1], []int64{1_000_020}) {
		t.Errorf("alone the runs took %v", alone)
	}
	if passed := replies[3].Times.Elapsed; passed < 2*1_050_000 {
		t.Errorf("both arms take %d in all: the one that is not slowed down does not pause as long as the other spins", passed)
	}
	if !slices.Equal(f.ran, nil) {
		t.Errorf("the engine timed %v itself", f.ran)
	}
}

func TestAnEngineThatTimesItselfCannotBeSlowedDown(t *testing.T) {
	f := &fake{}
	replies := talk(t, f.server(ownTimer{fake: f}), checking(), opening("a"), Request{Op: opSlow, Slow: []float64{0.05}})
	if replies[2].Error == "" {
		t.Error("an engine that times itself took a slowdown, which its times cannot show")
	}
}
