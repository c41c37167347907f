package judge

import (
	"math"
	"testing"
)

// record is an arm of so many complete units around a time, and of one that is not complete.
func record(units int, ns int64) ArmRecord {
	a := ArmRecord{}
	for u := range units {
		t := ns + int64(u%5-2)*ns/500
		a.Units = append(a.Units, ArmUnit{Unit: u, Complete: true, Blocks: []ArmBlock{{Nanoseconds: []int64{t - 1, t, t + 1}}}})
	}
	a.Units = append(a.Units, ArmUnit{Unit: units, Blocks: []ArmBlock{{Nanoseconds: []int64{1}}}})
	return a
}

func TestCompareUnpaired(t *testing.T) {
	for name, c := range map[string]struct {
		first, second ArmRecord
		want          Verdict
		ratio         float64
	}{
		"equivalent": {record(12, 300_000), record(12, 301_000), Equivalent, 1.0033},
		"slower":     {record(12, 300_000), record(12, 315_000), Slower, 1.05},
		"faster":     {record(12, 300_000), record(12, 285_000), Faster, 0.95},
		"too few":    {record(12, 300_000), record(3, 315_000), NotShown, 1.05},
		"none":       {record(12, 300_000), ArmRecord{}, NotShown, math.NaN()},
	} {
		u := CompareUnpaired(c.first, c.second, [2]string{StatisticPaired, StatisticPaired}, 0.02)
		if u.Verdict != c.want || u.Reason == "" || u.Units != [2]int{12, len(c.second.Units) - min(1, len(c.second.Units))} {
			t.Errorf("%s: %+v, want %s", name, u, c.want)
		}
		if r := float64(u.Ratio); math.Abs(r-c.ratio) > 0.002 || math.IsNaN(r) != math.IsNaN(c.ratio) {
			t.Errorf("%s: ratio %v, want %v", name, r, c.ratio)
		}
		if of := float64(u.Of[1] / u.Of[0]); math.Abs(of-float64(u.Ratio)) > 1e-12 || math.IsNaN(of) != math.IsNaN(c.ratio) {
			t.Errorf("%s: the ratio of %v is %v, told is %v", name, u.Of, of, u.Ratio)
		}
	}
}

// Measurements whose clocks asked for different statistics are compared by one, whichever comes first.
func TestCompareUnpairedUsesOneStatistic(t *testing.T) {
	skewed := func(slowest int64) ArmRecord {
		a := ArmRecord{}
		for u := range int64(12) {
			a.Units = append(a.Units, ArmUnit{Complete: true, Blocks: []ArmBlock{
				{Nanoseconds: []int64{100_000 + u, 100_000 + u, 100_000 + u, slowest + u, 200_000}},
			}})
		}
		return a
	}
	trimmed := [2]string{StatisticTrimmed, StatisticTrimmed}
	want := CompareUnpaired(skewed(120_000), skewed(160_000), trimmed, 0.02)
	if want.Ratio < 1.05 {
		t.Fatalf("the trimmed means do not differ: ratio %v", want.Ratio)
	}
	for _, how := range [][2]string{{StatisticPaired, StatisticTrimmed}, {StatisticTrimmed, StatisticPaired}} {
		if u := CompareUnpaired(skewed(120_000), skewed(160_000), how, 0.02); u != want {
			t.Errorf("%v: %+v, want %+v", how, u, want)
		}
	}
}

// The second machine is half as fast, and its units drift by a fifth: times tell nothing of the candidate, ratios do.
func TestCompareRatiosCancelsTheMachine(t *testing.T) {
	pair := func(machine, candidate float64) [2]ArmRecord {
		var p [2]ArmRecord
		for u := range 12 {
			speed := 100_000 * machine * (1 + 0.2*float64(u)/12)
			for i, ratio := range []float64{1, candidate * (1 + 0.002*float64(u%5-2))} {
				ns := int64(speed * ratio)
				p[i].Units = append(p[i].Units, ArmUnit{Unit: u, Complete: true, Blocks: []ArmBlock{{Nanoseconds: []int64{ns - 1, ns, ns + 1}}, {Nanoseconds: []int64{2 * ns}}}})
			}
		}
		return p
	}
	how := [2]string{StatisticPaired, StatisticPaired}
	for name, c := range map[string]struct {
		second [2]ArmRecord
		want   Verdict
		ratio  float64
	}{
		"no change":       {pair(2, 1.01), Equivalent, 1},
		"lost":            {pair(2, 1.07), Slower, 1.0594},
		"gained":          {pair(0.5, 0.95), Faster, 0.9406},
		"too few units":   {[2]ArmRecord{{Units: pair(2, 1)[0].Units[:4]}, {Units: pair(2, 1)[1].Units[:4]}}, NotShown, 0.99},
		"without a block": {[2]ArmRecord{{}, {}}, NotShown, math.NaN()},
	} {
		u := CompareRatios(pair(1, 1.01), c.second, how, 0.02)
		if r := float64(u.Ratio); u.Verdict != c.want || math.Abs(r-c.ratio) > 0.003 || math.IsNaN(r) != math.IsNaN(c.ratio) {
			t.Errorf("%s: %s, ratio %v; want %s, %v", name, u.Verdict, r, c.want, c.ratio)
		}
	}
	if u := CompareUnpaired(pair(1, 1.01)[1], pair(2, 1.01)[1], how, 0.02); u.Verdict != Slower {
		t.Errorf("by its time the candidate is %s: the machine does not change enough for this test", u.Verdict)
	}
	if u := CompareRatios(pair(1, 1), pair(1, 1), how, 0.02); !(u.Detectable > 0.02 && u.Detectable < 0.03) {
		t.Errorf("a slowdown of %v would be found", u.Detectable)
	}
}
