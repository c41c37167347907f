package bench

import (
	"testing"
)

// Entries that this measurement could not have written are measured again.
func TestEntriesOfAnotherMeasurement(t *testing.T) {
	good := func() entry {
		return entry{
			Unit: 1, Record: &UnitRecord{Unit: 1, Complete: true}, Schedule: Schedule{Blocks: 1, Runs: 2},
			Blocks: []Block{{Wall: [][]int64{{1, 2}, {1, 2}, {1, 2}}, CPU: []int64{1, 2, 3}}},
		}
	}
	if !good().plausible(3) {
		t.Fatal("a good one does not fit")
	}
	for name, spoil := range map[string]func(*entry){
		"unit":     func(e *entry) { e.Record.Unit = 2 },
		"schedule": func(e *entry) { e.Schedule = Schedule{} },
		"blocks":   func(e *entry) { e.Blocks = nil },
		"arms":     func(e *entry) { e.Blocks[0].Wall = e.Blocks[0].Wall[:2] },
		"runs":     func(e *entry) { e.Blocks[0].Wall[1] = []int64{1} },
		"cpu":      func(e *entry) { e.Blocks[0].CPU = []int64{1} },
		"no cause": func(e *entry) { e.Record = nil },
	} {
		e := good()
		if spoil(&e); e.plausible(3) {
			t.Errorf("%s: fits", name)
		}
	}
}
