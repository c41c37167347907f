package bench

import (
	"encoding/json"
	"math"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/worker"
)

// Recording is what was measured, and nothing that follows from it. Times are nanoseconds. Package judge
// makes verdicts of it.
type Recording struct {
	Started    string          // RFC 3339, UTC
	Incomplete bool            // interrupted
	Skipped    []backends.Skip // engines that were not there
	Options    Options         // how it was measured
	Settings   []Setting       // in the order in which they were measured
	Host       host.Facts      // the machine, before the measurement
	HostAfter  host.Load       // how busy the machine was at the end
}

func (r *Recording) skips(backend, provider string) bool {
	for _, s := range r.Skipped {
		if s.Backend == backend && s.Provider == provider {
			return true
		}
	}
	return false
}

// Key says under which setting something was measured.
type Key struct {
	Setting  int    `json:"setting"`  // index in settings
	Backend  string `json:"backend"`  // name of the engine
	Provider string `json:"provider"` // its execution provider
	Batch    int64  `json:"batch"`    // batch size
	// Sizes are those of the open dimensions that are not the batch, such as "H=224 W=224".
	Sizes   string `json:"sizes,omitempty"`
	Threads int    `json:"threads"` // threads of one operator
}

// Setting is what was measured with one engine and one batch.
type Setting struct {
	Key
	Shapes   map[string][]int64    // of each input
	Samples  int                   // of the user's, which units took in turn; 0 for generated inputs
	Options  json.RawMessage       // options of the engine
	Engine   *backends.Description // nil where the engine does not describe itself
	CPUClock string                // thread, process or unavailable
	Schedule Schedule              // how often the arms run
	Failures []Failure             // attempts at units that were lost
	Warnings []string              // of the engine
	Changed  string                // file that changed while it was measured, which ended that; "" for none
	Arms     []RecordedArm         // in the order of their letters
	Units    []Unit                // those that ran to their end, and those that did not
}

// Good are the units that take part in the statistics.
func (s *Setting) Good() []Unit {
	var good []Unit
	for _, u := range s.Units {
		if u.Complete {
			good = append(good, u)
		}
	}
	return good
}

// Clock says what the engine's times are, such as [backends.ClockGPU].
func (s *Setting) Clock() string { return Clock(s.Engine) }

// Clock says what an engine's times are.
func Clock(engine *backends.Description) string {
	if engine == nil || engine.Clock == "" {
		return backends.ClockHost
	}
	return engine.Clock
}

// Failure is an attempt at a unit that was lost.
type Failure struct {
	Unit    int    `json:"unit"`    // number of the unit
	Attempt int    `json:"attempt"` // number of the attempt
	Reason  string `json:"reason"`  // how it failed
}

// The roles of arms.
const (
	RoleBaseline  = "baseline"
	RoleControl   = "control" // a second copy of the baseline
	RoleCandidate = "candidate"
	RoleAsTrained = "as_trained"
)

// The places of the arms that every setting has.
const (
	Baseline = 0
	Control  = 1
)

// RecordedArm is a model that took part under one setting.
type RecordedArm struct {
	Letter     string         // its name in orders
	Role       string         // what it is in the comparison: one of the roles
	Name       string         // for people
	Path       string         // file of its model
	Files      Files          // what its model consists of
	PeakRSS    *int64         // bytes, of a process that holds this arm only; nil where unknown
	Throughput *Throughput    // nil where none was asked for
	Notes      []string       // what could not be found out about the arm
	Plan       *backends.Plan // what the engine runs, nil where it does not tell
}

// Throughput is how often copies of one model ran when several ran at once, in a process of their own,
// the arms one after the other. It is no latency, and nothing pairs it with another arm's.
type Throughput struct {
	Streams     int   `json:"streams"`     // copies of the model at once
	Runs        int64 `json:"runs"`        // runs that ended in the time
	Nanoseconds int64 `json:"nanoseconds"` // in which they ran
	PerSecond   Float `json:"per_second"`  // inferences: runs times batch
}

// Unit is what one worker measured.
type Unit struct {
	UnitRecord
	Blocks []Block // in the order in which they ran
}

// Block holds the times of one block by arm.
type Block struct {
	Wall [][]int64 `json:"wall"` // of each run
	CPU  []int64   `json:"cpu"`  // of all runs together; nil where unavailable
	// Alone is what each run took without being slowed down, in nanoseconds; nil where none was slowed down, and for arms that were not.
	Alone [][]int64 `json:"alone,omitempty"`
}

// UnitRecord says how a unit went.
type UnitRecord struct {
	Key
	Unit     int   `json:"unit"`     // number of the unit
	Attempt  int   `json:"attempt"`  // number of the attempt
	Complete bool  `json:"complete"` // whether it ran to its end
	CPUs     []int `json:"cpus"`     // that the process stayed on; empty for any
	Open     int64 `json:"open"`     // time to open all arms
	// Starts are what each arm took to open, and its first inference; none where the engine runs it elsewhere.
	Starts  []worker.ColdStart `json:"starts,omitempty"`
	WarmUp  WarmUp             `json:"warm_up"` // before the blocks
	Orders  []string           `json:"orders"`  // of each block, a letter for each run
	Load    host.Change        `json:"load"`    // while its blocks ran
	Answers []Answer           `json:"answers"` // whether the arms answered the same
}

// ColdStart is what an arm takes before it is warm.
type ColdStart = worker.ColdStart

// WarmUp says how long the arms ran before they were timed.
type WarmUp struct {
	Nanoseconds int64 `json:"nanoseconds"` // time that it took
	Windows     int   `json:"windows"`     // windows of runs that were looked at
	Stable      bool  `json:"stable"`      // the last three windows agreed
}

// Answer is the comparison of the outputs of one arm with those of another, or with its own first.
type Answer struct {
	Arm    string `json:"arm"`     // arm that answered
	With   string `json:"with"`    // the same arm for its own first answer
	MaxRel Float  `json:"max_rel"` // largest difference, relative to the output's largest magnitude
	Equal  bool   `json:"equal"`   // whether the difference is allowed
	Detail string `json:"detail"`  // what differs
}

// Float is a number whose JSON form is null when it is not finite.
type Float float64

// MarshalJSON writes the number, or null.
func (f Float) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads a number; null is not a number.
func (f *Float) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(f))
}
