package worker

// slow makes arms spin after each run for a share of what that very run took: whatever disturbs a run
// stretches the spin alike, so the ratio is the same everywhere. Reading the clock takes part of the time
// itself: what a spin of no length takes is measured first, and left out.
func (s *Server) slow(shares []float64) {
	least := int64(1 << 62)
	for range 1000 {
		start := s.Clock()
		s.spin(s.Clock())
		least = min(least, s.Clock()-start)
	}
	for i, a := range s.arms {
		if shares[i] <= 0 {
			continue
		}
		run, share := a.run, shares[i]
		a.run = func() error {
			start := s.Clock()
			err := run()
			took := s.Clock() - start
			s.spin(start + took + max(0, int64(share*float64(took))-least))
			return err
		}
		a.timer = &hostTimer{run: a.run, clock: s.Clock}
	}
}

// spin keeps the processor busy until a time of the clock.
func (s *Server) spin(until int64) {
	for s.Clock() < until {
	}
}
