package bench

import (
	"testing"
)

// Each pair of a permutation and its mirror image cancels a linear drift: the mean position of every arm
// is the same.
func TestInterleaved(t *testing.T) {
	for _, arms := range []int{2, 3, 5} {
		const runs = 40
		seq := Interleaved(generator(7, 0, 0, 0), arms, runs)
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
	if a, b := letters(Interleaved(generator(7, 0, 1, 0), 2, 20)), letters(Interleaved(generator(7, 0, 2, 0), 2, 20)); a == b {
		t.Error("two units have the same order")
	}
}
