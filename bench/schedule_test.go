package bench

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

func TestScheduleRuns(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		round, left time.Duration
		blocks      int
		want        Schedule
	}{
		"small model":      {ms / 4, 4 * time.Second, 0, Schedule{20, 200, int64(50 * ms), false}},
		"usual model":      {4 * ms, 4 * time.Second, 0, Schedule{20, 20, int64(80 * ms), false}},
		"fewer blocks":     {10 * ms, 2 * time.Second, 0, Schedule{10, 20, int64(200 * ms), false}},
		"fewer runs":       {40 * ms, 2 * time.Second, 0, Schedule{5, 10, int64(400 * ms), false}},
		"large model":      {400 * ms, 3500 * ms, 0, Schedule{4, 2, int64(800 * ms), false}},
		"too large":        {2 * time.Second, 4 * time.Second, 0, Schedule{3, 2, int64(4 * time.Second), true}},
		"nothing left":     {ms, -time.Second, 0, Schedule{3, 2, int64(2 * ms), true}},
		"blocks asked for": {4 * ms, 4 * time.Second, 7, Schedule{7, 20, int64(80 * ms), false}},
		"coarse clock":     {0, time.Second, 0, Schedule{20, 20_000, 20_000, false}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := scheduleRuns(c.round, c.left, c.blocks); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Whatever the latency, a schedule has an even number of runs and keeps to the time unless it says so.
func TestScheduleFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	for range 5000 {
		round := time.Duration(1 + rng.Int64N(int64(time.Second)>>rng.IntN(20)))
		left := time.Duration(rng.Int64N(int64(10 * time.Second)))
		p := scheduleRuns(round, left, 0)
		if p.Runs < 2 || p.Runs%2 != 0 || p.Blocks < minBlocks || p.Blocks > manyBlocks {
			t.Fatalf("round %s, left %s: %+v", round, left, p)
		}
		if took := round * time.Duration(p.Runs*p.Blocks); (took > left) != p.Exceeds {
			t.Fatalf("round %s, left %s: %+v takes %s", round, left, p, took)
		}
		if p.Blocks > FewBlocks && p.Block < int64(minBlock) && p.Runs < maxRuns {
			t.Fatalf("round %s: %d blocks of only %s", round, p.Blocks, time.Duration(p.Block))
		}
	}
}

func TestScheduleProcesses(t *testing.T) {
	medians := []int64{1e6, 1e6, 1e6, 1e6}
	tests := map[string]struct {
		left   time.Duration
		blocks int
		want   Schedule
	}{
		"plenty":    {5 * time.Minute, 0, Schedule{Blocks: 5, Runs: 2000, Block: int64(16 * time.Second)}},
		"one_block": {20 * time.Second, 0, Schedule{Blocks: 1, Runs: 2000, Block: int64(16 * time.Second)}},
		"asked_two": {40 * time.Second, 2, Schedule{Blocks: 2, Runs: 2000, Block: int64(16 * time.Second)}},
		"tight":     {10 * time.Second, 0, Schedule{Blocks: 1, Runs: 500, Block: int64(10 * time.Second)}},
		"too_short": {time.Second, 0, Schedule{Blocks: 1, Runs: 20, Block: int64(8080 * time.Millisecond), Exceeds: true}},
	}
	for name, test := range tests {
		if got := scheduleProcesses(medians, time.Second, test.left, test.blocks); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// What a duration would have to be follows from the first unit and the length of a block.
func TestNeeds(t *testing.T) {
	ms := int64(time.Millisecond)
	host, gpu := &backends.Description{}, &backends.Description{Clock: backends.ClockGPU}
	start := Unit{UnitRecord: UnitRecord{Open: 300 * ms, WarmUp: WarmUp{Nanoseconds: 400 * ms}}}
	one, two := []RecordedArm{{Role: RoleBaseline}, {Role: RoleCandidate}}, []RecordedArm{{Role: RoleCandidate}, {Role: RoleCandidate}}
	for name, c := range map[string]struct {
		setting Setting
		want    time.Duration // of ten units
	}{
		// 0.7 s and five blocks of twenty runs of 4 ms.
		"usual runs":     {Setting{Engine: host, Arms: one, Units: []Unit{start}, Schedule: Schedule{Runs: 2, Block: 8 * ms}}, 11 * time.Second},
		"two candidates": {Setting{Engine: host, Arms: two, Units: []Unit{start}, Schedule: Schedule{Runs: 2, Block: 8 * ms}}, 5500 * time.Millisecond},
		// A block lasts at least 50 ms: a hundred runs of 0.5 ms.
		"short runs":       {Setting{Engine: host, Arms: one, Units: []Unit{start}, Schedule: Schedule{Runs: 2, Block: ms}}, 9500 * time.Millisecond},
		"engine's own":     {Setting{Engine: gpu, Arms: one, Units: []Unit{start}, Schedule: Schedule{Runs: 2, Block: 2000 * ms}}, 27 * time.Second},
		"no unit":          {Setting{Engine: host, Arms: one, Schedule: Schedule{Runs: 2, Block: ms}}, 0},
		"no schedule":      {Setting{Engine: host, Arms: one, Units: []Unit{start}}, 0},
		"nothing to judge": {Setting{Engine: host, Units: []Unit{start}, Schedule: Schedule{Runs: 2, Block: ms}}, 0},
	} {
		if got := c.setting.Needs(10); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
