package bench

import (
	"math/rand/v2"
	"slices"
)

// maxArms is how many arms there are letters for.
const maxArms = 26

// Interleaved is the sequence of arms of one block with the given even number of runs per arm: random
// permutations, each followed by its mirror image (for two arms ABBA or BAAB), which cancels any linear
// drift within the pair.
func Interleaved(rng *rand.Rand, arms, runs int) []int {
	seq := make([]int, 0, arms*runs)
	perm := make([]int, arms)
	for range runs / 2 {
		for i := range perm {
			perm[i] = i
		}
		rng.Shuffle(arms, func(i, j int) { perm[i], perm[j] = perm[j], perm[i] })
		seq = append(seq, perm...)
		for _, p := range slices.Backward(perm) {
			seq = append(seq, p)
		}
	}
	return seq
}

// letter is the name of an arm in an order.
func letter(arm int) string { return string(rune('A' + arm)) }

// letters writes an order with a letter for each run.
func letters(seq []int) string {
	text := make([]byte, len(seq))
	for i, arm := range seq {
		text[i] = byte('A' + arm)
	}
	return string(text)
}

// generator is the source of the random choices of one attempt at a unit.
func generator(seed uint64, setting, unit, attempt int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(setting)<<40|uint64(unit)<<8|uint64(attempt)))
}
