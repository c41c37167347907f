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
		u := CompareUnpaired(c.first, c.second, [2]string{StatisticMedian, StatisticMedian}, 0.02)
		if u.Verdict != c.want || u.Reason == "" || u.Units != [2]int{12, len(c.second.Units) - min(1, len(c.second.Units))} {
			t.Errorf("%s: %+v, want %s", name, u, c.want)
		}
		if r := float64(u.Ratio); math.Abs(r-c.ratio) > 0.002 || math.IsNaN(r) != math.IsNaN(c.ratio) {
			t.Errorf("%s: ratio %v, want %v", name, r, c.ratio)
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
	for _, how := range [][2]string{{StatisticMedian, StatisticTrimmed}, {StatisticTrimmed, StatisticMedian}} {
		if u := CompareUnpaired(skewed(120_000), skewed(160_000), how, 0.02); u != want {
			t.Errorf("%v: %+v, want %+v", how, u, want)
		}
	}
}
