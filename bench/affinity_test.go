package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPlace(t *testing.T) {
	pairs := func(cpu int) int { return cpu / 2 * 2 } // two processors a core
	for name, c := range map[string]struct {
		allowed []int
		threads int
		want    int // processors, each of a core of its own
	}{
		"one of two":              {[]int{0, 1}, 1, 1},
		"two of two":              {[]int{0, 1}, 2, 0}, // nothing would be left for the rest
		"one of one":              {[]int{3}, 1, 0},
		"untold":                  {nil, 1, 0},
		"two cores of four":       {[]int{0, 1, 2, 3, 4, 5, 6, 7}, 2, 2},
		"all cores":               {[]int{0, 1, 2, 3, 4, 5, 6, 7}, 4, 4},
		"more threads than cores": {[]int{0, 1, 2, 3, 4, 5, 6, 7}, 6, 6},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[int]bool{}
			for seed := range uint64(50) {
				got := place(rand.New(rand.NewPCG(seed, 1)), c.allowed, c.threads, pairs)
				if len(got) != c.want {
					t.Fatalf("got %v", got)
				}
				cores := map[int]bool{}
				for _, cpu := range got {
					seen[cpu], cores[pairs(cpu)] = true, true
					if !slices.Contains(c.allowed, cpu) {
						t.Fatalf("processor %d is not allowed", cpu)
					}
				}
				if most := min(c.threads, 4); len(c.allowed) == 8 && len(cores) != most {
					t.Fatalf("%v are on %d cores, want %d", got, len(cores), most)
				}
			}
			if c.want > 0 && len(seen) != len(c.allowed) {
				t.Errorf("only %v are ever chosen", seen)
			}
		})
	}
}
