package cli

import (
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/human"
)

// written shows on a terminal how much of a model is written, how fast, and the time left. It shows nothing of what takes no second.
func (a *app) written(now func() time.Time) func(done, total int64) {
	var began, last time.Time
	return func(done, total int64) {
		at := now()
		if began.IsZero() {
			began, last = at, at
		}
		if !a.progress.redraw || at.Sub(began) < time.Second || at.Sub(last) < shownEvery {
			return
		}
		last = at
		a.progress.observe(acdeploy.Event{Stage: acdeploy.StageFuse, Note: writing(done, total, at.Sub(began))})
	}
}

// writing says how far a model is that has been written for a while.
func writing(done, total int64, spent time.Duration) string {
	rate := float64(done) / spent.Seconds()
	left := time.Duration(float64(total-done) / rate * float64(time.Second))
	return fmt.Sprintf("%.0f %% written, %s of %s, %s/s, %s left", 100*float64(done)/float64(total),
		human.Bytes(done), human.Bytes(total), human.Bytes(int64(rate)), left.Round(time.Second))
}
