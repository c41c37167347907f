package reports

import "github.com/acdeploy/acdeploy/internal/human"

// summary is the latencies in a table that fits a narrow terminal. One engine is named in its title; several have a row each.
func (r *Report) summary() (Section, bool) {
	s := Section{Title: "Latency", Table: newTable("model", ">latency", ">ratio", r.intervalHeader(), "verdict")}
	arms, last := r.Ordered(), -1
	several := len(arms) > 0 && arms[0].Setting != arms[len(arms)-1].Setting
	for _, a := range arms {
		where, indent := SettingName(a.Key)+r.clock(a.Key), ""
		switch {
		case !several:
			s.Title = "Latency on " + where
		case a.Setting != last:
			s.Table.add(where, "", "", "", "")
			last = a.Setting
			fallthrough
		default:
			indent = "  "
		}
		judged := r.judged(a)
		s.Table.add(indent+r.Label(a.Name), human.Milliseconds(r.LatencyOf(a)), judged[0], judged[1], judged[3])
	}
	return s, len(arms) > 0
}
