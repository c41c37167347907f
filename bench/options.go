package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Options are the settings of a measurement that a configuration gives. [Defaults] documents their
// defaults.
type Options struct {
	// Duration is how long a comparison of one candidate should take. It is a target: few runs of a
	// large model can take longer.
	Duration time.Duration `yaml:"duration" json:"duration" doc:"approximate duration of a comparison"`
	// Units is the number of fresh processes, at least 2. Fewer than 10 are a quick look, which never
	// carries a verdict.
	Units int `yaml:"units" json:"units" doc:"number of fresh processes, 2 to 10000; fewer than 10 give no verdict"`
	// Adaptive looks at the measurement after Units, twice and four times as many, and ends it when the
	// intervals are narrow enough, whatever the verdict. It takes up to four times the duration.
	Adaptive bool `yaml:"adaptive" json:"adaptive" doc:"measure up to four times as many units, until the interval is narrow enough"`
	// Blocks is the number of blocks of a unit; 0 for as many as fit the duration, 5 to 20.
	Blocks int `yaml:"blocks" json:"blocks" doc:"blocks in a unit, up to 1000; 0 for as many as fit the duration"`
	// Margin is the difference up to which two latencies count as equivalent.
	Margin Ratio `yaml:"margin" json:"margin" doc:"difference up to which two latencies are equivalent, such as 2% or 0.02, below 1"`
	// Threads is the number of threads within an operator.
	Threads int `yaml:"threads" json:"threads" doc:"threads of one operator, 1 to 4096"`
	// Pin keeps each worker on processors of its own choice, as many as it has threads, where the host
	// allows more than that.
	Pin bool `yaml:"pin" json:"pin" doc:"pin each process to processors chosen at random, if the machine has more of them than the process has threads"`
	// Streams is the number of threads that run a model each, at the same time, to tell the throughput;
	// 0 leaves it out. It is no latency and is judged by nothing.
	Streams int `yaml:"streams" json:"streams" doc:"copies of the model that run at once to measure the throughput, up to 1024; 0 does not measure it"`
	// Batch lists the sizes of the batch; none means 1.
	Batch []int64 `yaml:"batch" json:"batch" doc:"batch sizes, for models that leave their batch open; none means 1"`
	// Shapes gives the sizes of the other open dimensions.
	Shapes Sizes `yaml:"shapes" json:"shapes" doc:"sizes of other open dimensions, such as [sequence=128] or [height=224,320] to measure several; verify takes the first"`
	// Ranges say between which numbers generated inputs lie.
	Ranges []Range `yaml:"ranges" json:"ranges,omitempty" doc:"between which numbers generated inputs lie, such as [ids=0:30521]; the others get numbers around zero, or small whole ones"`
	// Seed is the seed of the inputs and of the order of the runs.
	Seed uint64 `yaml:"seed" json:"seed" doc:"seed of the inputs and of the order of the runs"`
	// Tolerance is how far answers that should be the same may differ, relative to the largest
	// magnitude of the output; 0 for the default of the element type, 1e-5 for float.
	Tolerance Ratio `yaml:"tolerance" json:"tolerance" doc:"how far answers of the same function may differ, relative to the output's largest magnitude, below 1; 0 for the default of the element type"`
	// Timeout is how long one answer of a worker may take.
	Timeout time.Duration `yaml:"timeout" json:"timeout" doc:"how long one answer of a worker process may take"`
	// Repeated says that this is two measurements, of which the second was made since the first failed a gate. See [Join].
	Repeated bool `yaml:"-" json:"repeated,omitempty"`
}

// Defaults are the options of a measurement of about a minute.
func Defaults() Options {
	return Options{
		Duration: time.Minute, Units: 12, Margin: 0.02, Threads: 1, Pin: true, Seed: 1, Timeout: 2 * time.Minute,
	}
}

// Validate reports the first option that is not valid, as an error that matches [ErrUsage].
func (o Options) Validate() error {
	switch {
	case o.Units < 2 || o.Units > 10_000:
		return outcome.Usagef("units must be 2 to 10000, not %d; 12 is the default", o.Units)
	case o.Duration <= 0:
		return outcome.Usagef("duration must be positive, not %s", o.Duration)
	case o.Blocks < 0 || o.Blocks > 1000:
		return outcome.Usagef("blocks must be 1 to 1000, or 0 for as many as fit, not %d", o.Blocks)
	case !(o.Margin > 0 && o.Margin < 1):
		return outcome.Usagef("margin must be between 0 and 1 (2 %% is 0.02), not %g", float64(o.Margin))
	case o.Threads < 1 || o.Threads > 4096:
		return outcome.Usagef("threads must be 1 to 4096, not %d", o.Threads)
	case o.Streams < 0 || o.Streams > 1024:
		return outcome.Usagef("streams must be 1 to 1024, or 0 to leave the throughput out, not %d", o.Streams)
	case !(o.Tolerance >= 0 && o.Tolerance < 1):
		return outcome.Usagef("tolerance must be between 0 and 1, not %g", float64(o.Tolerance))
	case o.Timeout <= 0:
		return outcome.Usagef("timeout must be positive, not %s", o.Timeout)
	}
	for _, b := range o.Batch {
		if b < 1 || b > maxInputBytes { // an element takes a byte or more
			return outcome.Usagef("batch must be 1 to %d, not %d", int64(maxInputBytes), b)
		}
	}
	return nil
}

// Looks are the numbers of units after which the measurement may end.
func (o Options) Looks() []int {
	if o.Adaptive {
		return stats.Looks(o.Units)
	}
	return []int{o.Units}
}

// Ratio is a share of one. It is written as a number, 0.02, or in percent, "2%".
type Ratio float64

// UnmarshalText reads "0.02" or "2%".
func (r *Ratio) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is not a ratio; write 0.02 or 2%%", s)
	}
	if percent {
		v /= 100
	}
	*r = Ratio(v)
	return nil
}

// UnmarshalJSON reads a number, or a string as [Ratio.UnmarshalText] does.
func (r *Ratio) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		return r.UnmarshalText([]byte(text))
	}
	return r.UnmarshalText(data)
}

// String writes the ratio in percent.
func (r Ratio) String() string { return strconv.FormatFloat(100*float64(r), 'g', 6, 64) + "%" }

// Set reads a flag's value.
func (r *Ratio) Set(text string) error { return r.UnmarshalText([]byte(text)) }

// Type names the kind of value in a flag's help.
func (r *Ratio) Type() string { return "ratio" }
