package bench

import (
	"fmt"
	"time"
)

// Plan is how often each arm runs in every unit.
type Plan struct {
	Blocks int `json:"blocks"` // of a unit
	Runs   int `json:"runs"`   // of each arm in a block, even
	// Block is how long a block should take, from the latencies of the first unit's warm-up.
	Block int64 `json:"block"`
	// Exceeds is set where even the fewest runs take longer than the duration asked for.
	Exceeds bool `json:"exceeds_duration"`
}

// The bounds of plans.
const (
	minBlock   = 50 * time.Millisecond // shorter blocks are dominated by their first runs
	usualRuns  = 20
	maxRuns    = 20_000
	minBlocks  = 3
	fewBlocks  = 5
	manyBlocks = 20 // the spread between units dominates beyond
)

// plan fits blocks and runs into what a unit has left of its share of the duration. round is the time
// in which every arm runs once. Runs grow until a block is long enough; then there are as many blocks
// as fit. If not even five do, first the runs shrink, then the blocks.
func plan(round, left time.Duration, blocks int) Plan {
	round = max(round, 1)
	runs := even(max(usualRuns, ceilDiv(minBlock, round)))
	runs = min(runs, maxRuns)
	want := blocks
	if want == 0 {
		want = min(max(int(left/(round*time.Duration(runs))), fewBlocks), manyBlocks)
	}
	fit := int(max(left, 0) / round) // runs of each arm that a unit has time for
	if want*runs > fit {
		runs = max(2, fit/want/2*2)
	}
	if want*runs > fit && blocks == 0 {
		want = max(minBlocks, fit/runs)
	}
	return Plan{Blocks: want, Runs: runs, Block: int64(round) * int64(runs), Exceeds: want*runs > fit}
}

// needs is the share of the duration that a unit wants for five blocks of the usual length. overhead is
// the time before its first block.
func needs(round, overhead time.Duration) time.Duration {
	round = max(round, 1)
	runs := min(even(max(usualRuns, ceilDiv(minBlock, round))), maxRuns)
	return overhead + fewBlocks*round*time.Duration(runs)
}

// tooShort says which duration would do, where the one asked for leaves units with few blocks; "" where
// it does not.
func (p Plan) tooShort(asked, needs time.Duration) string {
	const step = 5 * time.Second
	if p.Blocks >= fewBlocks || needs <= asked {
		return ""
	}
	return fmt.Sprintf("; the duration of %s is too short: use --duration %s or more", asked, (needs + step - 1).Truncate(step))
}

func even(n int) int { return n + n%2 }

func ceilDiv(a, b time.Duration) int { return int(min((a+b-1)/b, maxRuns)) }
