package worker

import (
	"math"
	"slices"
)

// slow makes arms spin after each run for a share of what that very run took: whatever disturbs a run
// stretches the spin alike, so the ratio is the same everywhere. Reading the clock takes part of the time
// itself: what a spin of no length takes is measured first, and left out.
func (s *Server) slow(shares []float64) {
	least := int64(1 << 62)
	for range 1000 {
		start := s.Clock()
		_ = s.spin(s.Clock())
		least = min(least, s.Clock()-start)
	}
	for i, a := range s.arms {
		if shares[i] <= 0 {
			continue
		}
		run, share := a.run, shares[i]
		a.spun = &spun{}
		a.run = func() error {
			start := s.Clock()
			err := run()
			took := s.Clock() - start
			end := s.spin(start + took + max(0, int64(share*float64(took))-least))
			a.spun.note(took, end-start)
			return err
		}
		a.timer = &hostTimer{run: a.run, clock: s.Clock}
	}
}

// spin keeps the processor busy until a time of the clock, and returns when it was over.
func (s *Server) spin(until int64) int64 {
	now := s.Clock()
	for now < until {
		now = s.Clock()
	}
	return now
}

// spun is what runs took without and with their spins.
type spun struct{ runs [][2]int64 }

// note keeps one run. Logarithms wait until nothing is timed.
func (s *spun) note(run, whole int64) { s.runs = append(s.runs, [2]int64{run, whole}) }

// slowed is, of each run since the last call, the log of how many times as long it took because of its spin.
func (s *spun) slowed() []float64 {
	if s == nil {
		return nil
	}
	logs := make([]float64, len(s.runs))
	for i, r := range s.runs {
		logs[i] = math.Log(float64(r[1]) / float64(max(r[0], 1)))
	}
	s.runs = s.runs[:0]
	return logs
}

// slowed is [spun.slowed] of each arm; nil where none spins.
func (s *Server) slowed() [][]float64 {
	if !slices.ContainsFunc(s.arms, func(a *arm) bool { return a.spun != nil }) {
		return nil
	}
	list := make([][]float64, len(s.arms))
	for i, a := range s.arms {
		list[i] = a.spun.slowed()
	}
	return list
}
