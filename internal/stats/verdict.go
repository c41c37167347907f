package stats

import (
	"fmt"
	"math"
)

// Verdict says how a candidate compares with its baseline.
type Verdict string

// The verdicts.
const (
	Equivalent Verdict = "equivalent" // shown to be within the margin
	Faster     Verdict = "faster"     // shown to be faster by more than the margin
	Slower     Verdict = "slower"     // shown to be slower by more than the margin
	NotShown   Verdict = "not_shown"  // the data do not tell
	Invalid    Verdict = "invalid"    // the measurement failed its own controls
)

// Side says where an interval of log ratios lies with respect to the margin.
func Side(i Interval, margin float64) Verdict {
	delta := math.Log1p(margin)
	switch {
	case i.Low > -delta && i.High < delta:
		return Equivalent
	case i.High < -delta:
		return Faster
	case i.Low > delta:
		return Slower
	}
	return NotShown
}

// Decide gives the verdict of an estimate with its reason. The t interval and the
// distribution-free one must agree, and there must be at least [MinUnits] replicates; otherwise nothing is shown.
func Decide(e Estimate) (Verdict, string) {
	side := Side(e.Interval, e.Margin)
	ratio := e.Interval.Exp()
	interval := fmt.Sprintf("the %.0f %% interval %.4f to %.4f of the ratio", 100*(1-2*e.Alpha), ratio.Low, ratio.High)
	switch {
	case e.Units < MinUnits:
		return NotShown, fmt.Sprintf("a quick look of %d units carries no verdict; %s", e.Units, advice(e))
	case side == NotShown:
		return NotShown, fmt.Sprintf("%s does not settle the margin of %s; %s", interval, Percent(e.Margin), advice(e))
	case Side(e.DistributionFree, e.Margin) != side:
		return NotShown, fmt.Sprintf("%s says %s, its distribution-free twin does not; %s", interval, side, advice(e))
	case side == Equivalent && !e.Interval.Contains(0):
		return side, fmt.Sprintf("%s lies within the margin of %s, with a resolvable difference of %s",
			interval, Percent(e.Margin), Percent(math.Expm1(math.Abs(e.Theta))))
	case side == Equivalent:
		return side, fmt.Sprintf("%s lies within the margin of %s", interval, Percent(e.Margin))
	}
	return side, fmt.Sprintf("%s lies wholly beyond the margin of %s", interval, Percent(e.Margin))
}

// advice says how many units would settle the matter.
func advice(e Estimate) string {
	switch need := StillNeeded(e); {
	case need == 0 && e.Units < 2:
		return fmt.Sprintf("at least %d units are needed", MinUnits)
	case need == 0 || need > 1000:
		return "no practical number of units would settle it, the ratio lies at the margin"
	default:
		return fmt.Sprintf("about %d units would be needed", need)
	}
}

// Percent writes a share such as 0.02 as "2 %", with at most three digits.
func Percent(share float64) string { return fmt.Sprintf("%.3g %%", 100*share) }
