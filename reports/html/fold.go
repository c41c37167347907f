package html

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/reports"
)

// mostPeriod is the largest number of rows that are looked for as a stage that repeats.
const mostPeriod = 24

// fold is rows that stand in the list so many times, one time after another.
type fold struct {
	rows  []*row
	times int
	all   []*row // every time
}

// like are the rows for which the i-th one stands.
func (f fold) like(i int) []*row {
	var list []*row
	for ; i < len(f.all); i += len(f.rows) {
		list = append(list, f.all[i])
	}
	return list
}

// folded folds rows that look alike. Where that leaves many, channels are left out of the look: they grow from layer to layer
// in some networks.
func folded(list []*row) []fold {
	all := folds(list, func(r *row) string { return look(r, true) })
	if length(all) > mostAlike {
		all = folds(list, func(r *row) string { return look(r, false) })
	}
	return all
}

// mostAlike is how many rows are drawn with the channels of each.
const mostAlike = 30

// length counts the rows that are left to draw.
func length(all []fold) int {
	n := 0
	for _, f := range all {
		n += len(f.rows)
	}
	return n
}

// folds finds stages that repeat: rows that look alike. At each place it takes the stage that saves most rows.
func folds(list []*row, look func(*row) string) []fold {
	looks := make([]string, len(list))
	for i, r := range list {
		looks[i] = look(r)
	}
	var out []fold
	for i := 0; i < len(list); {
		period, times := 1, 1
		for p := 1; p <= mostPeriod; p++ {
			n := 1
			for i+(n+1)*p <= len(list) && slices.Equal(looks[i:i+p], looks[i+n*p:i+(n+1)*p]) {
				n++
			}
			if p*(n-1) > period*(times-1) {
				period, times = p, n
			}
		}
		out = append(out, fold{list[i : i+period], times, list[i : i+period*times]})
		i += period * times
	}
	return out
}

// look is what a row looks like: those of one look are drawn once.
func look(r *row, channels bool) string {
	var s strings.Builder
	s.WriteString(r.fate().word)
	for _, list := range [][]reports.Layer{r.trained, r.fused, r.baseline} {
		s.WriteByte('|')
		for _, l := range list {
			if !channels {
				l.InChannels, l.OutChannels = 0, 0
			}
			s.WriteString(shapeOf(l) + ";")
		}
	}
	for _, l := range r.left {
		s.WriteString("|" + l.Pass + " " + l.Reason)
	}
	return s.String()
}
