package main

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Runs that share what disturbs them, each with the other arm's next to it, agree in pairs and not in blocks.
func TestDeltaOfBlocks(t *testing.T) {
	s := &bench.Setting{}
	for u := range int64(12) {
		unit := bench.Unit{UnitRecord: bench.UnitRecord{Unit: int(u), Complete: true}}
		for k := range int64(3) {
			unit.Blocks = append(unit.Blocks, bench.Block{Wall: [][]int64{{1000, 1100 + u + k, 1200}, {1000, 1100, 1200 + u}}})
		}
		s.Units = append(s.Units, unit)
	}
	if got := float64(deltaOfBlocks(s, 1, 0.02)); got < 0.005 || got > 0.015 {
		t.Errorf("blocks whose medians differ by up to a percent support %g", got)
	}
	if got := deltaOfBlocks(s, 0, 0.02); got > 1e-9 {
		t.Errorf("an arm against itself supports %g", got)
	}
}

func TestAlone(t *testing.T) {
	a := arm{Ratios: []bench.Float{1.05, 1.051, 1.049, 1.05, 1.051, 1.049, 1.05, 1.051, 1.049, 1.05}}
	if got := a.alone(0.02, stats.Alpha); got != judge.Slower {
		t.Errorf("five percent are %s", got)
	}
	if got := (arm{}).alone(0.02, stats.Alpha); got != judge.NotShown {
		t.Errorf("nothing is %s", got)
	}
}

func TestSharpness(t *testing.T) {
	row := func(network string, blocks, pairs float64, load, duration string, control float64) record {
		return record{
			Part: partKnown, Network: network, Load: load, Control: bench.Float(control), Setup: setup{Duration: duration},
			Arms: []arm{{Name: "itself", Delta: bench.Float(pairs), Blocks: bench.Float(blocks)}},
		}
	}
	all := []record{
		row("resnet20", 0.004, 0.002, "0.20", "30s", 0.004),
		row("resnet20", 0.004, 0.003, "0.20", "30s", 0.006),
		row("mobile_dw", 0.004, 0.0035, "1.20", "30s", 0.004), // disturbed
		{Part: partKnown, Network: "mobile_dw", Arms: []arm{{Name: "itself", Delta: 0.001}}},
	}
	p := &page{}
	p.sharpness(all)
	for _, want := range []string{
		"| resnet20 | 2 | 0.4 % | 0.25 % | 38 % | holds |",
		"| mobile_dw | 1 | 0.4 % | 0.35 % | 12 % | **fails** |",
		"met by the control in 1 of 2 measurements of 30s.",
	} {
		if text := p.String(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	p = &page{}
	p.sharpness(nil)
	if text := p.String(); !strings.Contains(text, "No measurement ran so undisturbed.") {
		t.Error(text)
	}
}
