package bench

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
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

// A real worker stays where it is put, and says so.
func TestPinnedWorker(t *testing.T) {
	if len(allowedCPUs()) < 2 {
		t.Skip("one processor only, or the system does not tell")
	}
	j := withWorker(t, job("fused"))
	j.Options.Units, j.Options.Duration = 3, 100*time.Millisecond
	for _, pinned := range []bool{true, false} {
		j.Options.Pin = pinned
		res, err := Runner{Launch: Command(os.Args[0])}.Run(context.Background(), j)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range res.Units {
			if (len(u.CPUs) == 1) != pinned {
				t.Errorf("pinned %v: unit %d ran on %v", pinned, u.Unit, u.CPUs)
			}
		}
	}
}
