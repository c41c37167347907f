package stats

import (
	"math"
	"math/rand/v2"
)

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// simulate draws repeats sets of n log ratios about theta and returns the share for which hit holds.
func simulate(seed uint64, repeats, n int, theta float64, noise func(*rand.Rand) float64, hit func([]float64) bool) float64 {
	rng := newRNG(seed)
	d := make([]float64, n)
	hits := 0
	for range repeats {
		for i := range d {
			d[i] = theta + noise(rng)
		}
		if hit(d) {
			hits++
		}
	}
	return float64(hits) / float64(repeats)
}

const repeats = 2000

func normal(sd float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return sd * r.NormFloat64() }
}

// heavy draws from Student's t with three degrees of freedom.
func heavy(scale float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		chi := 0.0
		for range 3 {
			chi += square(r.NormFloat64())
		}
		return scale * r.NormFloat64() / math.Sqrt(chi/3)
	}
}
