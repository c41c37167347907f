package bench

import (
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

// Schedule is how often each arm runs in every unit.
type Schedule struct {
	Blocks int `json:"blocks"` // of a unit
	Runs   int `json:"runs"`   // of each arm in a block, even
	// Block is how long a block should take, from the latencies of the first unit's warm-up.
	Block int64 `json:"block"`
	// Exceeds is set where even the fewest runs take longer than the duration asked for.
	Exceeds bool `json:"exceeds_duration"`
}

// The bounds of schedules.
const (
	minBlock   = 50 * time.Millisecond // shorter blocks are dominated by their first runs
	usualRuns  = 20
	maxRuns    = 20_000
	minBlocks  = 3
	manyBlocks = 20 // the spread between units dominates beyond
)

// FewBlocks are so few that a longer duration is advised.
const FewBlocks = 5

// scheduleRuns fits blocks and runs into what a unit has left of its share of the duration. round is the time
// in which every arm runs once. Runs grow until a block is long enough; then there are as many blocks
// as fit. If not even five do, first the runs shrink, then the blocks.
func scheduleRuns(round, left time.Duration, blocks int) Schedule {
	round = max(round, 1)
	runs := usual(round)
	want := blocks
	if want == 0 {
		want = min(max(int(left/(round*time.Duration(runs))), FewBlocks), manyBlocks)
	}
	fit := int(max(left, 0) / round) // runs of each arm that a unit has time for
	if want*runs > fit {
		runs = max(2, fit/want/2*2)
	}
	if want*runs > fit && blocks == 0 {
		want = max(minBlocks, fit/runs)
	}
	return Schedule{Blocks: want, Runs: runs, Block: int64(round) * int64(runs), Exceeds: want*runs > fit}
}

// Needs is the duration for which every unit would have five blocks of the usual length, judged by its
// first unit; 0 where there is none.
func (s *Setting) Needs(units int) time.Duration {
	candidates := 0
	for _, a := range s.Arms {
		if a.Role == RoleCandidate {
			candidates++
		}
	}
	if len(s.Units) == 0 || s.Schedule.Runs == 0 || candidates == 0 {
		return 0
	}
	unit := time.Duration(s.Units[0].Open + s.Units[0].WarmUp.Nanoseconds) // before its first block
	if block := time.Duration(s.Schedule.Block); s.Clock() == backends.ClockHost {
		round := max(block/time.Duration(s.Schedule.Runs), 1)
		unit += FewBlocks * round * time.Duration(usual(round))
	} else {
		unit += block // a process is as long as it should be
	}
	return unit * time.Duration(units) / time.Duration(candidates)
}

// usual are the runs of a block of the usual length.
func usual(round time.Duration) int {
	return min(even(max(usualRuns, ceilDiv(minBlock, round))), maxRuns)
}

func even(n int) int { return n + n%2 }

func ceilDiv(a, b time.Duration) int { return int(min((a+b-1)/b, maxRuns)) }

// scheduleProcesses fits blocks of processes into what a unit has left. A process should compute at least
// about as long as a second, or as it takes in addition; more blocks than a few are not worth their
// processes.
func scheduleProcesses(medians []int64, process, left time.Duration, blocks int) Schedule {
	round := time.Duration(0)
	for _, ns := range medians {
		round += time.Duration(max(ns, 1))
	}
	each := max(round/time.Duration(max(len(medians), 1)), 1)
	runs := min(2*ceilDiv(max(time.Second, process), each), maxRuns)
	runs = max(runs, usualRuns)
	overhead := 2 * process * time.Duration(len(medians))
	length := overhead + round*time.Duration(runs)
	want := blocks
	if want == 0 {
		want = min(max(int(left/length), 1), FewBlocks)
	}
	if share := left/time.Duration(want) - overhead; share < round*time.Duration(runs) {
		runs = min(runs, even(max(usualRuns, int(max(share, 0)/round))))
		length = overhead + round*time.Duration(runs)
	}
	return Schedule{Blocks: want, Runs: runs, Block: int64(length), Exceeds: time.Duration(want)*length > left}
}

// schedule fixes the blocks and runs of every unit by the latencies of the first unit's warm-up. spent is
// the time before its first block.
func (m *measurement) schedule(w warmed, spent time.Duration) {
	o := m.job.Options
	left := o.Duration*time.Duration(len(m.job.Candidates))/time.Duration(o.Units) - spent
	m.scheduled = true
	if w.process > 0 {
		m.found.Schedule = scheduleProcesses(w.medians, w.process, left, o.Blocks)
		return
	}
	round := time.Duration(0)
	for _, median := range w.medians {
		round += time.Duration(median)
	}
	m.found.Schedule = scheduleRuns(round, left, o.Blocks)
}
