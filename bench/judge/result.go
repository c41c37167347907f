package judge

import (
	"encoding/json"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
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

// Schema names the version of the JSON form of [Result].
const Schema = "acdeploy.bench/v1"

// Result is a recording with what follows from it: the document of a measurement. Times are nanoseconds, ratios are candidate over baseline.
type Result struct {
	Schema      string             `json:"schema"`      // kind and version of this document
	Started     string             `json:"started"`     // RFC 3339, UTC
	Incomplete  bool               `json:"incomplete"`  // interrupted
	Comparisons []Comparison       `json:"comparisons"` // the verdicts, one for each candidate under each setting
	Controls    []Control          `json:"gates"`       // whether the measurement is sound
	Skipped     []backends.Skip    `json:"skipped"`     // engines that were not there
	Options     bench.Options      `json:"options"`     // how it was measured
	Settings    []Setting          `json:"settings"`    // under which it was measured
	Host        host.Facts         `json:"host"`        // the machine, before the measurement
	HostAfter   host.Load          `json:"host_after"`  // how busy the machine was at the end
	Units       []bench.UnitRecord `json:"units"`       // how each unit went
	Arms        []ArmRecord        `json:"arms"`        // what was measured of each arm
}

// Setting is one engine with one batch, and how often the arms ran there.
type Setting struct {
	bench.Key
	Shapes   map[string][]int64    `json:"shapes"`            // of each input
	Samples  int                   `json:"samples,omitempty"` // inputs of the user's, which units took in turn; 0 where they were generated
	Options  json.RawMessage       `json:"options,omitempty"` // options of the engine
	Engine   *backends.Description `json:"engine"`            // null where the engine does not describe itself
	CPUClock string                `json:"cpu_clock"`         // thread, process or unavailable
	// Statistic makes one ratio of the runs of a unit: paired_median, of those in the same round, or trimmed_mean of blocks where the clock is coarse.
	Statistic string          `json:"statistic"`
	Schedule  bench.Schedule  `json:"plan"`     // how often the arms ran
	Failures  []bench.Failure `json:"failures"` // attempts at units that were lost
	// Changed is a file that changed while it was measured, which ended that; none where it is left out.
	Changed string `json:"changed,omitempty"`
}

// Comparison is the verdict about one candidate under one setting. Ratio and the interval are null
// where there were too few units.
type Comparison struct {
	bench.Key
	Shapes             map[string][]int64 `json:"shapes"`             // shape of each input
	Baseline           string             `json:"baseline"`           // arm that is compared with
	Candidate          string             `json:"candidate"`          // arm that is judged
	BaselineMedian     int64              `json:"baseline_median"`    // median latency of the baseline
	CandidateMedian    int64              `json:"candidate_median"`   // median latency of the candidate
	Ratio              bench.Float        `json:"ratio"`              // latency of the candidate over that of the baseline
	CI                 [2]bench.Float     `json:"ci"`                 // of the ratio, confidence 0.9
	Confidence         bench.Float        `json:"confidence"`         // probability that belongs to the interval
	Margin             bench.Ratio        `json:"margin"`             // difference up to which two latencies are equivalent
	DeltaStar          bench.Float        `json:"delta_star"`         // the smallest margin that the data support
	P                  bench.Float        `json:"p"`                  // of the test for equivalence
	PNonInferior       bench.Float        `json:"p_non_inferior"`     // p-value of not slower than the margin
	DistributionFreeCI [2]bench.Float     `json:"twin_ci"`            // of the same confidence, without an assumption about the distribution
	UnitRatios         []bench.Float      `json:"unit_ratios"`        // ratio in each unit
	Units              int                `json:"units"`              // good ones
	UnitsNeeded        int                `json:"units_needed"`       // 0 where no number would do
	ControlDelta       bench.Float        `json:"control_delta_star"` // delta_star of the baseline compared with itself
	CPURatio           bench.Float        `json:"cpu_ratio"`          // of the time on the CPU
	CPUCI              [2]bench.Float     `json:"cpu_ci"`             // interval of cpu_ratio
	CPUVerdict         Verdict            `json:"cpu_verdict"`        // where that interval lies; empty where unavailable
	Quantiles          []QuantileRatio    `json:"tails"`              // of the latencies, over those of the baseline
	Load               StartRatio         `json:"load"`               // time to open the model, over that of the baseline
	First              StartRatio         `json:"first"`              // first inference, over that of the baseline
	// Speedup is the latency of the model as trained, or else of the baseline, over the candidate's.
	Speedup Speedup  `json:"speedup"`
	Plan    PlanDiff `json:"plan"`    // what the engine runs for both
	Verdict Verdict  `json:"verdict"` // equivalent, faster, slower, not_shown or invalid
	Reason  string   `json:"reason"`  // why, in words
}

// Speedup says how many times as fast a candidate is.
type Speedup struct {
	Over  string         `json:"over"`  // the arm that should be slower
	Ratio bench.Float    `json:"ratio"` // latency of that arm over that of the candidate
	CI    [2]bench.Float `json:"ci"`    // of the confidence of the comparison
}

// ArmRecord holds what was measured of one arm under one setting.
type ArmRecord struct {
	bench.Key
	Arm        string         `json:"arm"`        // its letter in orders
	Role       string         `json:"role"`       // what it is in the comparison
	Name       string         `json:"name"`       // name of the arm for people
	Path       string         `json:"path"`       // file of its model
	Runs       int            `json:"runs"`       // number of timed runs
	Median     int64          `json:"median"`     // over units of the median over blocks of the median over runs
	P95        int64          `json:"p95"`        // over all runs; Quantiles holds it with its bounds
	Load       *int64         `json:"load_ns"`    // median over units of the time to open the model, in nanoseconds; null where the engine runs it elsewhere
	First      *int64         `json:"first_ns"`   // median over units of the first inference, in nanoseconds; null where the engine runs it elsewhere
	CPU        *int64         `json:"cpu"`        // like Median, of the mean time on the CPU of a block's runs
	Outliers   int            `json:"outliers"`   // runs far from the others; none is left out
	Quantiles  []Quantile     `json:"tails"`      // of all runs
	Dependence Dependence     `json:"dependence"` // of runs on those before them
	Ratio      bench.Float    `json:"ratio"`      // to the baseline
	CI         [2]bench.Float `json:"ci"`         // interval of its ratio
	bench.Files
	PeakRSS    *int64            `json:"peak_rss"`   // bytes, of a process that holds this arm only; null where unknown
	Throughput *bench.Throughput `json:"throughput"` // null where none was asked for
	Notes      []string          `json:"notes"`      // what could not be found out about the arm
	Plan       *backends.Plan    `json:"plan"`       // what the engine runs, null where it does not tell
	Units      []ArmUnit         `json:"units"`      // its runs, by unit
}

// ArmUnit holds the runs of one arm in one unit.
type ArmUnit struct {
	Unit     int        `json:"unit"`     // number of the unit
	Complete bool       `json:"complete"` // incomplete units take no part in the statistics
	Blocks   []ArmBlock `json:"blocks"`   // its runs, by block
}

// ArmBlock holds the runs of one arm in one block, in order.
type ArmBlock struct {
	Nanoseconds []int64 `json:"nanoseconds"` // time of each run
	CPU         *int64  `json:"cpu"`         // of all these runs together; null where unavailable
}

// The controls.
const (
	ControlAA        = "a_a_control"      // the baseline is equivalent to its own copy
	ControlPositive  = "positive_control" // a difference of twice the margin is found
	ControlAnswers   = "answers"          // arms that are the same function agree
	ControlPlacement = "placement"        // every node runs where it was asked to
	ControlFiles     = "files"            // no file changed while it was measured
	ControlQuota     = "quota"            // no quota of processor time ran out
	ControlUnits     = "units"            // enough workers survived
	ControlEngine    = "engine"           // the engine itself warned of nothing
	ControlLoad      = "foreign_load"     // nothing else took the CPU
	ControlWarmUp    = "warm_up"          // latencies were stable before timing
	ControlPlans     = "plans"            // the candidate runs the operators of the baseline
	ControlWeights   = "weights"          // no weight is subnormal, infinite or no number
	// ControlIndependence: blocks outlast what runs remember.
	ControlIndependence = "independence"
)

// State is the outcome of a control.
type State string

// The states of controls; only fail makes a verdict invalid.
const (
	OK     State = "ok"
	Warn   State = "warn"
	Fail   State = "fail"
	Absent State = "absent" // could not be checked
)

// Control is a check of the measurement itself.
type Control struct {
	bench.Key
	Name      string `json:"name"`                // name of the gate
	Candidate string `json:"candidate,omitempty"` // whom it concerns, all when empty
	State     State  `json:"state"`               // how it ended
	Detail    string `json:"detail"`              // why, in words
}

// OnGPU reports whether the times of the setting are those of a GPU alone, which are comparable with none
// of a host.
func (s Setting) OnGPU() bool { return bench.Clock(s.Engine) == backends.ClockGPU }
