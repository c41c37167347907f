package bench

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestPlan(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		round, left time.Duration
		blocks      int
		want        Plan
	}{
		"small model":      {ms / 4, 4 * time.Second, 0, Plan{20, 200, int64(50 * ms), false}},
		"usual model":      {4 * ms, 4 * time.Second, 0, Plan{20, 20, int64(80 * ms), false}},
		"fewer blocks":     {10 * ms, 2 * time.Second, 0, Plan{10, 20, int64(200 * ms), false}},
		"fewer runs":       {40 * ms, 2 * time.Second, 0, Plan{5, 10, int64(400 * ms), false}},
		"large model":      {400 * ms, 3500 * ms, 0, Plan{4, 2, int64(800 * ms), false}},
		"too large":        {2 * time.Second, 4 * time.Second, 0, Plan{3, 2, int64(4 * time.Second), true}},
		"nothing left":     {ms, -time.Second, 0, Plan{3, 2, int64(2 * ms), true}},
		"blocks asked for": {4 * ms, 4 * time.Second, 7, Plan{7, 20, int64(80 * ms), false}},
		"coarse clock":     {0, time.Second, 0, Plan{20, 20_000, 20_000, false}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plan(c.round, c.left, c.blocks); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTooShortNamesADurationThatWouldDo(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		round, overhead, asked time.Duration
		want                   string
	}{
		"short":   {4 * ms, 700 * ms, 5 * time.Second, "; the duration of 5s is too short: use --duration 15s or more"},
		"enough":  {4 * ms, 700 * ms, 15 * time.Second, ""},
		"default": {ms / 4, 700 * ms, time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			const units = 12
			got := plan(c.round, c.asked/units-c.overhead, 0).tooShort(c.asked, units*needs(c.round, c.overhead))
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Whatever the latency, a plan has an even number of runs and keeps to the time unless it says so.
func TestPlanFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	for range 5000 {
		round := time.Duration(1 + rng.Int64N(int64(time.Second)>>rng.IntN(20)))
		left := time.Duration(rng.Int64N(int64(10 * time.Second)))
		p := plan(round, left, 0)
		if p.Runs < 2 || p.Runs%2 != 0 || p.Blocks < minBlocks || p.Blocks > manyBlocks {
			t.Fatalf("round %s, left %s: %+v", round, left, p)
		}
		if took := round * time.Duration(p.Runs*p.Blocks); (took > left) != p.Exceeds {
			t.Fatalf("round %s, left %s: %+v takes %s", round, left, p, took)
		}
		if p.Blocks > fewBlocks && p.Block < int64(minBlock) && p.Runs < maxRuns {
			t.Fatalf("round %s: %d blocks of only %s", round, p.Blocks, time.Duration(p.Block))
		}
	}
}

// Each pair of a permutation and its mirror image cancels a linear drift: the mean position of every arm
// is the same.
func TestOrder(t *testing.T) {
	for _, arms := range []int{2, 3, 5} {
		const runs = 40
		seq := order(generator(7, 0, 0, 0), arms, runs)
		if len(seq) != arms*runs {
			t.Fatalf("%d runs of %d arms give %d", runs, arms, len(seq))
		}
		firsts := map[int]int{}
		for at := 0; at < len(seq); at += 2 * arms {
			firsts[seq[at]]++
			position := make([]int, arms)
			for i, a := range seq[at : at+2*arms] {
				position[a] += i
			}
			for a, sum := range position {
				if sum != 2*arms-1 {
					t.Fatalf("arm %d of %s has positions that sum to %d", a, letters(seq[at:at+2*arms]), sum)
				}
			}
		}
		if len(firsts) != arms {
			t.Errorf("of %d arms only %v come first", arms, firsts)
		}
	}
	if a, b := letters(order(generator(7, 0, 1, 0), 2, 20)), letters(order(generator(7, 0, 2, 0), 2, 20)); a == b {
		t.Error("two units have the same order")
	}
}
