package bench

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/worker"
)

// place chooses the processors of a worker at random: as many as it has threads, each of a core of its own
// where there are enough. It chooses none where the host allows no more than that, since the rest of the
// machine needs one, too.
func place(rng *rand.Rand, allowed []int, threads int, sibling func(cpu int) int) []int {
	if len(allowed) <= threads {
		return nil
	}
	shuffled := slices.Clone(allowed)
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	var chosen, rest []int
	cores := map[int]bool{}
	for _, cpu := range shuffled {
		if core := sibling(cpu); !cores[core] {
			cores[core] = true
			chosen = append(chosen, cpu)
		} else {
			rest = append(rest, cpu)
		}
	}
	chosen = append(chosen, rest...)[:threads]
	slices.Sort(chosen)
	return chosen
}

// firstSibling is the first processor of the core that a processor belongs to, itself where the system does
// not tell.
func firstSibling(cpu int) int {
	list, err := os.ReadFile("/sys/devices/system/cpu/cpu" + strconv.Itoa(cpu) + "/topology/thread_siblings_list")
	if err != nil {
		return cpu
	}
	digits := strings.TrimSpace(string(list))
	if end := strings.IndexAny(digits, ",-"); end >= 0 {
		digits = digits[:end]
	}
	if first, err := strconv.Atoi(digits); err == nil {
		return first
	}
	return cpu
}

// cpus are the processors of one attempt at a unit.
func (m *measurement) cpus(unit, attempt int) []int {
	if !m.job.Options.Pin {
		return nil
	}
	rng := generator(m.job.Options.Seed^0x63707573, m.condition.index, unit, attempt)
	return place(rng, worker.AllowedCPUs(), m.condition.spec.Threads, firstSibling)
}
