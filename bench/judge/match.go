package judge

import (
	"slices"

	"github.com/acdeploy/acdeploy/bench"
)

// Pair is an arm in two measurements that were made apart.
type Pair struct {
	First, Second ArmRecord // in the first measurement, and in the second
	Same          bool      // it is the same model; otherwise another one in the same role
}

// Match pairs the arms of two measurements by what they are under the same setting, wherever their files lay: the same model in the
// same role, by its digest; then, where one of them has no digest, by name; then the one arm of a role that is left in both, if it is
// the same network with other weights, or a candidate against a model that both have. What is left of either has no counterpart.
func Match(first, second []ArmRecord) (pairs []Pair, onlyFirst, onlySecond []ArmRecord) {
	m := matching{first: slices.Clone(first), second: slices.Clone(second)}
	m.take(true, func(x, y ArmRecord) bool { return sameDigest(x, y) && x.Name == y.Name })
	m.take(true, sameDigest)
	m.take(true, func(x, y ArmRecord) bool { return (x.ModelSHA256 == "" || y.ModelSHA256 == "") && x.Name == y.Name })
	anchored := len(m.pairs) > 0
	m.take(false, func(x, y ArmRecord) bool {
		alone := count(m.first, x) == 1 && count(m.second, y) == 1
		return alone && (sameNetwork(x, y) || anchored && x.Role == bench.RoleCandidate)
	})
	slices.SortStableFunc(m.pairs, func(a, b Pair) int { return place(first, a.First) - place(first, b.First) })
	return m.pairs, m.first, m.second
}

// matching holds the arms that are not paired yet.
type matching struct {
	first, second []ArmRecord
	pairs         []Pair
}

// take pairs what is alike, in order.
func (m *matching) take(same bool, alike func(x, y ArmRecord) bool) {
	var left []ArmRecord
	for n, x := range m.first {
		i := slices.IndexFunc(m.second, func(y ArmRecord) bool { return sameRole(x, y) && alike(x, y) })
		if i < 0 {
			left = append(left, m.first[n])
			continue
		}
		m.pairs = append(m.pairs, Pair{x, m.second[i], same})
		m.second = slices.Delete(m.second, i, i+1)
	}
	m.first = left
}

// sameRole reports whether two arms have one role under one setting, whose numbers may differ.
func sameRole(x, y ArmRecord) bool {
	x.Setting = y.Setting
	return x.Key == y.Key && x.Role == y.Role
}

func sameDigest(x, y ArmRecord) bool { return x.ModelSHA256 != "" && x.ModelSHA256 == y.ModelSHA256 }

// sameNetwork reports whether two models have as many weights, as those of two trainings have.
func sameNetwork(x, y ArmRecord) bool {
	return x.Weights != nil && y.Weights != nil && x.Weights.Values > 0 && x.Weights.Values == y.Weights.Values
}

// count is how many arms have the role of one.
func count(arms []ArmRecord, of ArmRecord) int {
	n := 0
	for _, a := range arms {
		if sameRole(a, of) {
			n++
		}
	}
	return n
}

// place is where an arm stands in a list.
func place(arms []ArmRecord, of ArmRecord) int {
	return slices.IndexFunc(arms, func(a ArmRecord) bool {
		return a.Key == of.Key && a.Role == of.Role && a.Name == of.Name && a.Arm == of.Arm
	})
}
