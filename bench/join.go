package bench

// Join puts what a second measurement of the same job found behind what the first one found, so that both are judged together. It reports
// false where they do not have the same settings and arms, such as where an engine was lost in between.
func Join(first, second *Recording) (*Recording, bool) {
	if len(first.Settings) != len(second.Settings) {
		return nil, false
	}
	joined := *first
	joined.Settings = nil
	for i, s := range first.Settings {
		t := second.Settings[i]
		if s.Key != t.Key || len(s.Arms) != len(t.Arms) {
			return nil, false
		}
		s.Units, s.Failures = append([]Unit{}, s.Units...), append([]Failure{}, s.Failures...)
		for _, u := range t.Units {
			u.Unit += first.Options.Units
			s.Units = append(s.Units, u)
		}
		for _, f := range t.Failures {
			f.Unit += first.Options.Units
			s.Failures = append(s.Failures, f)
		}
		if s.Changed == "" {
			s.Changed = t.Changed
		}
		joined.Settings = append(joined.Settings, s)
	}
	joined.Options.Units += second.Options.Units
	joined.Options.Adaptive, joined.Options.Repeated = false, true
	joined.Incomplete, joined.HostAfter = first.Incomplete || second.Incomplete, second.HostAfter
	return &joined, true
}
