package stats

// The rule of an adaptive measurement: it is looked at three times, and ends early when the interval is
// narrow enough, whatever the verdict. Since the width depends on the same data as the verdict, the
// level is a little lower: simulated type-I errors are 4.1–4.8 % at this level, and 4.7–6.0 % at
// [Alpha]. Stopping on the verdict itself errs in about 10 %.
const (
	AlphaAdaptive = 0.04
	// AlphaRepeated is the level of two measurements together, of which the second was made since the first showed nothing: half of
	// [Alpha]. What is not so is then shown in at most 1.5 times Alpha of all cases, by the first or by both.
	AlphaRepeated = Alpha / 2
	looks         = 3
)

// Looks are the numbers of units after which an adaptive measurement is looked at: 12, 24 and 48 when it
// begins with 12.
func Looks(units int) []int {
	at := make([]int, looks)
	for i := range at {
		at[i] = units << i
	}
	return at
}

// Precise reports whether the interval of an estimate is narrow enough to stop: its half-width is at
// most a third of the margin, on the log scale.
func (e Estimate) Precise() bool { return e.Interval.Half() <= e.delta()/3 }
