package worker

import "slices"

// slow makes arms spin after each run for a share of what that very run took: whatever disturbs a run
// stretches the spin alike, so the ratio is the same everywhere. Reading the clock takes part of the time
// itself: what a spin of no length takes is measured first, and left out.
//
// A pause before a run can change how long it takes. So all arms spin as long as the slowest does, those with a smaller share in part
// after their time was taken: no arm runs after another pause than the others.
func (s *Server) slow(shares []float64) {
	least := int64(1 << 62)
	for range 1000 {
		start := s.Clock()
		s.spin(s.Clock())
		least = min(least, s.Clock()-start)
	}
	for i, a := range s.arms {
		a.pause = (slices.Max(shares) - max(0, shares[i])) / (1 + max(0, shares[i]))
		if shares[i] <= 0 {
			continue
		}
		run, share := a.run, shares[i]
		a.spun = &spun{}
		a.run = func() error {
			start := s.Clock()
			err := run()
			took := s.Clock() - start
			a.spun.alone = append(a.spun.alone, took)
			s.spin(start + took + max(0, int64(share*float64(took))-least))
			return err
		}
		a.timer = &hostTimer{run: a.run, clock: s.Clock}
	}
}

// spin keeps the processor busy until a time of the clock.
func (s *Server) spin(until int64) {
	now := s.Clock()
	for now < until {
		now = s.Clock()
	}
}

// spun is what the runs of an arm took without their spins, in nanoseconds.
type spun struct{ alone []int64 }

// take returns the runs since the last call.
func (s *spun) take() []int64 {
	if s == nil {
		return nil
	}
	alone := s.alone
	s.alone = make([]int64, 0, cap(alone)) // so that no timed run waits for memory
	return alone
}

// alone is what the runs of each arm took without their spins, since the last call; nil where none spins.
func (s *Server) alone() [][]int64 {
	if !slices.ContainsFunc(s.arms, func(a *arm) bool { return a.spun != nil }) {
		return nil
	}
	list := make([][]int64, len(s.arms))
	for i, a := range s.arms {
		list[i] = a.spun.take()
	}
	return list
}
