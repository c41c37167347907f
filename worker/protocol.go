package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// The requests. A conversation begins with check, then open; time, run, slow and plans may follow in any
// order and number. Throughput opens models of its own and needs check only. Session opens one model for infer and
// measure, until release. Close ends the conversation.
const (
	opCheck      = "check"
	opOpen       = "open"
	opTime       = "time"
	opRun        = "run"
	opSlow       = "slow"
	opPlans      = "plans"
	opThroughput = "throughput"
	opSession    = "session"
	opInfer      = "infer"
	opMeasure    = "measure"
	opRelease    = "release"
	opClose      = "close"
)

// CPUUnavailable is the name of the CPU clock where there is none.
const CPUUnavailable = "unavailable"

// maxLine bounds one line of the conversation, in bytes.
const maxLine = 64 << 20

// BackendSpec chooses an engine by name, with options that only the worker's open function understands.
type BackendSpec struct {
	Name     string          `json:"name"`              // in the catalog
	Provider string          `json:"provider"`          // where every node must run; "" when the engine has none
	Options  json.RawMessage `json:"options,omitempty"` // of the engine, as its catalog entry reads them
	// Threads within an operator. With more than one, the open function should keep idle threads from
	// spinning, in all arms alike, since they take cores from the arm that is timed.
	Threads int `json:"threads"`
	// Library is the file of the engine's library, to name it where it takes its worker along; "" where unknown.
	Library string `json:"-"`
}

// Input is an input of all arms with the size of every dimension.
type Input struct {
	Name  string      `json:"name"`  // as the models declare it
	Type  tensor.Type `json:"type"`  // of its elements
	Shape []int64     `json:"shape"` // every size, from 0
	// Range is between which numbers the values lie, both included; null for the usual ones.
	Range *[2]float64 `json:"range,omitempty"`
}

// Request is one line to a worker. Only the part that Op names is set.
type Request struct {
	Op         string             `json:"op"`                   // which of the operations it is
	Check      *CheckRequest      `json:"check,omitempty"`      // of check
	Open       *OpenRequest       `json:"open,omitempty"`       // of open
	Time       *TimeRequest       `json:"time,omitempty"`       // of time
	Run        *RunRequest        `json:"run,omitempty"`        // of run
	Slow       []float64          `json:"slow,omitempty"`       // share of its latency that is added to each arm
	Throughput *ThroughputRequest `json:"throughput,omitempty"` // of throughput
	Session    *SessionRequest    `json:"session,omitempty"`    // of session
	Measure    *backends.Timing   `json:"measure,omitempty"`    // of measure
	Tensors    []TensorHead       `json:"tensors,omitempty"`    // of the inputs, whose bytes follow the line

	Inputs tensor.Map `json:"-"` // what the tensors after the line hold
}

// Reply is one line from a worker. Error or Absent is set where the request did not succeed.
type Reply struct {
	Op         string                `json:"op"`                   // of the request
	Error      string                `json:"error,omitempty"`      // what went wrong; "" for nothing
	Absent     *absent               `json:"absent,omitempty"`     // why the engine cannot be used; null if it can
	Engine     *backends.Description `json:"engine,omitempty"`     // to check
	Opened     *Opened               `json:"opened,omitempty"`     // to open
	Times      *Times                `json:"times,omitempty"`      // to time
	Answers    *Answers              `json:"answers,omitempty"`    // to run
	Plans      []*backends.Plan      `json:"plans,omitempty"`      // of each arm, null where it cannot be told
	Throughput *Throughput           `json:"throughput,omitempty"` // to throughput
	Session    *SessionOpened        `json:"session,omitempty"`    // to session
	Measured   *backends.Times       `json:"measured,omitempty"`   // to measure
	Tensors    []TensorHead          `json:"tensors,omitempty"`    // of the outputs, whose bytes follow the line

	outputs tensor.Map // whose bytes are the tensors
}

// absent is a [backends.Unavailable].
type absent struct {
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	Broken bool   `json:"broken,omitempty"`
	Unsafe bool   `json:"unsafe,omitempty"`
}

// CheckRequest asks whether an engine can be used. The worker keeps it for the requests that follow.
type CheckRequest struct {
	Backend BackendSpec `json:"backend"` // which engine, with its options
	CPUs    []int       `json:"cpus"`    // processors to stay on, none for any
}

// OpenRequest asks to open every model once, in the given order, to put the inputs in place, and to run
// each once. Each becomes an arm, numbered as in Models.
type OpenRequest struct {
	Models []backends.Model `json:"models"` // one for each arm
	Order  []int            `json:"order"`  // in which they are opened: places in Models
	Inputs []Input          `json:"inputs"` // of all models; each gets those that it declares
	Seed   uint64           `json:"seed"`   // of the values of the inputs
	Given  tensor.Map       `json:"-"`      // the inputs, where they are not made
}

// Opened is the reply to [OpenRequest].
type Opened struct {
	Nanoseconds int64  `json:"nanoseconds"` // that opening all of them took
	CPUClock    string `json:"cpu_clock"`   // thread, process or unavailable
	// EngineTimed says that the engine times its own runs, a process for every stretch of them.
	EngineTimed bool        `json:"engine_timed"`
	Starts      []ColdStart `json:"starts"` // of each arm
}

// ColdStart is what an arm takes before it is warm, in nanoseconds; 0 where the engine runs it elsewhere.
type ColdStart struct {
	Load  int64 `json:"load"`  // to open the model
	First int64 `json:"first"` // the first inference
}

// TimeRequest asks to run arms in an order and to time each run.
type TimeRequest struct {
	Order []int `json:"order"` // numbers of arms
	Each  int   `json:"each"`  // runs of an arm at each of its places in the order
	// Least repeats the order until so many nanoseconds have passed; 0 goes through it once.
	Least int64 `json:"least,omitempty"`
}

// Times is the reply to [TimeRequest]. Run i is one of arm Order[i/Each%len(Order)].
type Times struct {
	Nanoseconds []int64 `json:"nanoseconds"` // of every run
	CPU         []int64 `json:"cpu"`         // of each arm, time on the CPU of all its runs; null where unavailable
	Elapsed     int64   `json:"elapsed"`     // of the whole request, nanoseconds
	// Alone is, of each arm that was slowed down, what each run took without that, in nanoseconds; null where none was.
	Alone    [][]int64 `json:"alone,omitempty"`
	Warnings []string  `json:"warnings,omitempty"` // of the engine
}

// RunRequest asks to run every arm, untimed, and to compare its answer with the first one that it gave.
type RunRequest struct {
	Runs      int      `json:"runs"`      // of each arm, at least 1
	Pairs     [][2]int `json:"pairs"`     // arms whose answers are compared, too
	Tolerance float64  `json:"tolerance"` // largest difference, relative to the output's largest magnitude
}

// Answers is the reply to [RunRequest].
type Answers struct {
	Agreements []Agreement `json:"agreements"`     // of each arm with itself, then of the pairs
	Peak       *int64      `json:"peak,omitempty"` // most resident bytes after the runs; null where the system does not tell
}

// Agreement compares the answer of an arm with that of another one, or with its own first one.
type Agreement struct {
	Arm    int      `json:"arm"`     // its number
	With   int      `json:"with"`    // the same arm for its own first answer
	MaxRel *float64 `json:"max_rel"` // largest difference, relative to the output's largest magnitude; null when not finite
	Equal  bool     `json:"equal"`   // whether it is within the tolerance
	Detail string   `json:"detail"`  // what differs
}

// ThroughputRequest asks to open so many copies of a model and to run them at the same time.
type ThroughputRequest struct {
	Model   backends.Model `json:"model"`   // of which copies are opened
	Inputs  []Input        `json:"inputs"`  // of every copy
	Seed    uint64         `json:"seed"`    // of the values of the inputs
	Given   tensor.Map     `json:"-"`       // the inputs, where they are not made
	Streams int            `json:"streams"` // how many copies, from 1
	WarmUp  int64          `json:"warm_up"` // nanoseconds before the window
	Window  int64          `json:"window"`  // nanoseconds in which runs are counted
}

// Throughput is the reply to [ThroughputRequest].
type Throughput struct {
	Runs        int64 `json:"runs"`        // of all copies, that ended in the window
	Nanoseconds int64 `json:"nanoseconds"` // in which they ran
}

// SessionRequest asks to open a model with a tuning.
type SessionRequest struct {
	Model  backends.Model  `json:"model"`  // which one is opened
	Tuning backends.Tuning `json:"tuning"` // how the engine runs it
}

// SessionOpened is the reply to [SessionRequest].
type SessionOpened struct {
	Timed bool `json:"timed"` // the engine times its own runs
}

// encode writes a message as one line.
func encode(message any) ([]byte, error) {
	line, err := json.Marshal(message)
	return append(line, '\n'), err
}

// send writes a request or a reply as one line, and after it the bytes of its tensors.
func send(out io.Writer, message any, raw [][]byte) error {
	line, err := encode(message)
	if err != nil {
		return err
	}
	for _, part := range append([][]byte{line}, raw...) {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// readLine is the next line of the conversation, without its end; io.EOF where there is none.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxLine:
			return nil, fmt.Errorf("a line has more than %d bytes", maxLine)
		}
	}
}
