package bench

import "testing"

// Units keep their order, and the numbers of the second measurement go on where those of the first end.
func TestJoin(t *testing.T) {
	recorded := func(arms int, numbers ...int) *Recording {
		s := Setting{Key: Key{Backend: "lab"}, Arms: make([]RecordedArm, arms), Failures: []Failure{{Unit: 1}}}
		for _, n := range numbers {
			s.Units = append(s.Units, Unit{UnitRecord: UnitRecord{Unit: n, Complete: true}})
		}
		return &Recording{Options: Options{Units: 3, Adaptive: true}, Settings: []Setting{s}}
	}
	first, second := recorded(2, 0, 2), recorded(2, 0, 1, 2)
	joined, ok := Join(first, second)
	if !ok || joined.Options.Units != 6 || !joined.Options.Repeated || joined.Options.Adaptive {
		t.Fatalf("%v, %+v", ok, joined)
	}
	var numbers []int
	for _, u := range joined.Settings[0].Units {
		numbers = append(numbers, u.Unit)
	}
	if len(numbers) != 5 || numbers[1] != 2 || numbers[2] != 3 || numbers[4] != 5 || joined.Settings[0].Failures[1].Unit != 4 {
		t.Errorf("units %v, failures %+v", numbers, joined.Settings[0].Failures)
	}
	if len(first.Settings[0].Units) != 2 || len(first.Settings[0].Failures) != 1 {
		t.Error("the first measurement changed")
	}
	if _, ok := Join(first, recorded(3, 0)); ok {
		t.Error("measurements of other arms were joined")
	}
	if _, ok := Join(first, &Recording{}); ok {
		t.Error("a measurement without an engine was joined")
	}
}
