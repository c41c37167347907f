package bench

import (
	"encoding/json"
	"math"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Verdict says how a candidate compares with the baseline.
type Verdict = stats.Verdict

// The verdicts.
const (
	Equivalent = stats.Equivalent
	Faster     = stats.Faster
	Slower     = stats.Slower
	NotShown   = stats.NotShown
	Invalid    = stats.Invalid
)

// Result is the record of a measurement. Times are nanoseconds, ratios are candidate over baseline.
type Result struct {
	Schema      string          `json:"schema"`
	Started     string          `json:"started"`    // RFC 3339, UTC
	Incomplete  bool            `json:"incomplete"` // interrupted
	Comparisons []Comparison    `json:"comparisons"`
	Gates       []Gate          `json:"gates"`
	Skipped     []backends.Skip `json:"skipped"`
	Options     Options         `json:"options"`
	Settings    []Setting       `json:"settings"`
	Host        host.Facts      `json:"host"`
	HostAfter   host.Load       `json:"host_after"`
	Units       []UnitRecord    `json:"units"`
	Arms        []ArmRecord     `json:"arms"`
}

func (r *Result) skips(spec BackendSpec) bool {
	for _, s := range r.Skipped {
		if s.Backend == spec.Name && s.Provider == spec.Provider {
			return true
		}
	}
	return false
}

// Key says under which setting something was measured.
type Key struct {
	Setting  int    `json:"setting"` // index in settings
	Backend  string `json:"backend"`
	Provider string `json:"provider"`
	Batch    int64  `json:"batch"`
	Threads  int    `json:"threads"`
}

// Setting is one engine with one batch, and how the measurement there was planned.
type Setting struct {
	Key
	Shapes   map[string][]int64    `json:"shapes"` // of each input
	Options  json.RawMessage       `json:"options,omitempty"`
	Engine   *backends.Description `json:"engine"`
	CPUClock string                `json:"cpu_clock"` // thread, process or unavailable
	// Statistic makes one time of the runs of a block: median, or trimmed_mean where the clock is coarse.
	Statistic string    `json:"statistic"`
	Plan      Plan      `json:"plan"`
	Failures  []Failure `json:"failures"`
}

// Failure is an attempt at a unit that was lost.
type Failure struct {
	Unit    int    `json:"unit"`
	Attempt int    `json:"attempt"`
	Reason  string `json:"reason"`
}

// Comparison is the verdict about one candidate under one setting. Ratio and the interval are null
// where there were too few units.
type Comparison struct {
	Key
	Shapes          map[string][]int64 `json:"shapes"`
	Baseline        string             `json:"baseline"`
	Candidate       string             `json:"candidate"`
	BaselineMedian  int64              `json:"baseline_median"`
	CandidateMedian int64              `json:"candidate_median"`
	Ratio           Float              `json:"ratio"`
	CI              [2]Float           `json:"ci"` // of the ratio, confidence 0.9
	Confidence      Float              `json:"confidence"`
	Margin          Ratio              `json:"margin"`
	DeltaStar       Float              `json:"delta_star"` // the smallest margin that the data support
	P               Float              `json:"p"`          // of the test for equivalence
	PNonInferior    Float              `json:"p_non_inferior"`
	TwinCI          [2]Float           `json:"twin_ci"` // distribution-free, of the same confidence
	UnitRatios      []Float            `json:"unit_ratios"`
	Units           int                `json:"units"`        // good ones
	UnitsNeeded     int                `json:"units_needed"` // 0 where no number would do
	ControlDelta    Float              `json:"control_delta_star"`
	CPURatio        Float              `json:"cpu_ratio"` // of the time on the CPU
	CPUCI           [2]Float           `json:"cpu_ci"`
	CPUVerdict      Verdict            `json:"cpu_verdict"` // where that interval lies; empty where unavailable
	Tails           []TailRatio        `json:"tails"`
	// Speedup is the latency of the model as trained, or else of the baseline, over the candidate's.
	Speedup Speedup  `json:"speedup"`
	Plan    PlanDiff `json:"plan"`
	Verdict Verdict  `json:"verdict"`
	Reason  string   `json:"reason"`
}

// Speedup says how many times as fast a candidate is.
type Speedup struct {
	Over  string   `json:"over"` // which arm is slower, one hopes
	Ratio Float    `json:"ratio"`
	CI    [2]Float `json:"ci"` // of the confidence of the comparison
}

// The roles of arms.
const (
	RoleBaseline  = "baseline"
	RoleControl   = "control" // a second copy of the baseline
	RoleCandidate = "candidate"
	RoleAsTrained = "as_trained"
)

// ArmRecord holds what was measured of one arm under one setting.
type ArmRecord struct {
	Key
	Arm      string     `json:"arm"` // the letter that stands for it in orders
	Role     string     `json:"role"`
	Name     string     `json:"name"`
	Path     string     `json:"path"`
	Runs     int        `json:"runs"`
	Median   int64      `json:"median"` // over units of the median over blocks of the median over runs
	P95      int64      `json:"p95"`    // over all runs; tails holds it with its bounds
	CPU      *int64     `json:"cpu"`    // like Median, of the mean time on the CPU of a block's runs
	Outliers int        `json:"outliers"`
	Tails    []Tail     `json:"tails"`
	Memory   Dependence `json:"dependence"`
	Ratio    Float      `json:"ratio"` // to the baseline
	CI       [2]Float   `json:"ci"`
	Files
	PeakRSS    *int64         `json:"peak_rss"`   // bytes, of a process that holds this arm only; null where unknown
	Throughput *Throughput    `json:"throughput"` // null where none was asked for
	Notes      []string       `json:"notes"`      // what could not be found out about the arm
	Plan       *backends.Plan `json:"plan"`       // what the engine runs, null where it does not tell
	Units      []ArmUnit      `json:"units"`
}

// ArmUnit holds the runs of one arm in one unit.
type ArmUnit struct {
	Unit     int        `json:"unit"`
	Complete bool       `json:"complete"` // incomplete units take no part in the statistics
	Blocks   []ArmBlock `json:"blocks"`
}

// ArmBlock holds the runs of one arm in one block, in order.
type ArmBlock struct {
	Nanoseconds []int64 `json:"nanoseconds"`
	CPU         *int64  `json:"cpu"` // of all these runs together; null where unavailable
}

// UnitRecord says how a unit went.
type UnitRecord struct {
	Key
	Unit     int         `json:"unit"`
	Attempt  int         `json:"attempt"`
	Complete bool        `json:"complete"`
	CPUs     []int       `json:"cpus"` // that the process stayed on; empty for any
	Open     int64       `json:"open"` // time to open all arms
	WarmUp   WarmUp      `json:"warm_up"`
	Orders   []string    `json:"orders"` // of each block, a letter for each run
	Load     host.Change `json:"load"`   // during the unit
	Answers  []Answer    `json:"answers"`
}

// WarmUp says how long the arms ran before they were timed.
type WarmUp struct {
	Nanoseconds int64 `json:"nanoseconds"`
	Windows     int   `json:"windows"`
	Stable      bool  `json:"stable"` // the last three windows agreed
}

// Answer is the comparison of the outputs of one arm with those of another, or with its own first.
type Answer struct {
	Arm    string `json:"arm"`
	With   string `json:"with"`    // the same arm for its own first answer
	MaxRel Float  `json:"max_rel"` // largest difference, relative to the output's largest magnitude
	Equal  bool   `json:"equal"`
	Detail string `json:"detail"` // what differs
}

// The gates.
const (
	GateControl   = "a_a_control"      // the baseline is equivalent to its own copy
	GatePositive  = "positive_control" // a difference of twice the margin is found
	GateAnswers   = "answers"          // arms that are the same function agree
	GatePlacement = "placement"        // every node runs where it was asked to
	GateUnits     = "units"            // enough workers survived
	GateEngine    = "engine"           // the engine itself warned of nothing
	GateLoad      = "foreign_load"     // nothing else took the CPU
	GateWarmUp    = "warm_up"          // latencies were stable before timing
	GatePlans     = "plans"            // the candidate runs the operators of the baseline
	GateWeights   = "weights"          // no weight is subnormal, infinite or no number
	// GateIndependence: blocks outlast what runs remember.
	GateIndependence = "independence"
)

// State is the outcome of a gate.
type State string

// The states of gates; only fail makes a verdict invalid.
const (
	OK     State = "ok"
	Warn   State = "warn"
	Fail   State = "fail"
	Absent State = "absent" // could not be checked
)

// Gate is a check of the measurement itself.
type Gate struct {
	Key
	Name      string `json:"name"`
	Candidate string `json:"candidate,omitempty"` // whom it concerns, all when empty
	State     State  `json:"state"`
	Detail    string `json:"detail"`
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
