package verify

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
)

// AlgebraResult is how the rewritten regions of two models compare in float64, unrounded.
type AlgebraResult struct {
	Regions     int           `json:"regions"`                // that were rewritten
	Compared    int           `json:"compared"`               // of these
	Worst       *RegionResult `json:"worst,omitempty"`        // the region that differs the most for its bound; null where none was compared
	NotCompared []NotCompared `json:"not_compared,omitempty"` // regions and outputs that could not be compared
	// RoundingOnly are the values of regions that are equal only by what rounding explains: a program changed the graph, and nobody knows
	// its numbers before they were rounded.
	RoundingOnly []string `json:"rounding_only,omitempty"`
}

// RegionResult is the largest difference of the two versions of a region.
type RegionResult struct {
	Value string `json:"value"` // which the region computes, by its name in the first model
	Node  string `json:"node"`  // that computes it in the second
	// MaxRel is the largest difference over the largest magnitude of what the first version computes.
	MaxRel Number `json:"max_rel"`
	Bound  Number `json:"bound"` // largest difference that is allowed
}

// NotCompared is a region that could not be run.
type NotCompared struct {
	Value  string `json:"value"`  // name of the value
	Reason string `json:"reason"` // why it was not compared
}

// Equal reports whether no region differs.
func (r AlgebraResult) Equal() bool {
	return r.Worst == nil || float64(r.Worst.MaxRel) <= float64(r.Worst.Bound)
}

// Complete reports whether every region was compared.
func (r AlgebraResult) Complete() bool { return len(r.NotCompared) == 0 && r.Compared == r.Regions }

// worse reports whether a difference is larger; what is no number is larger than all.
func worse(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }

// label names the node that computes a value.
func label(v *graph.Value) string {
	if n := v.Producer(); n != nil {
		return n.Label()
	}
	return ""
}
