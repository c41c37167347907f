package bench

import (
	"encoding/json"

	"github.com/acdeploy/acdeploy/backends"
)

// The conversation with a worker: one JSON request per line on its standard input, one reply per line on
// its standard output. The operations, in order: open, warm_up, block (repeated), answers, plans, close.
const (
	opOpen    = "open"
	opWarmUp  = "warm_up"
	opBlock   = "block"
	opAnswers = "answers"
	opPlans   = "plans"
	opSlow    = "slow"       // makes arms spin after each run
	opMemory  = "memory"     // in a process of its own
	opStreams = "throughput" // in a process of its own, which opens nothing before
	opClose   = "close"
)

// maxLine bounds one line of the conversation, in bytes.
const maxLine = 64 << 20

// request is one line to a worker; only the part that the operation names is set.
type request struct {
	Op      string          `json:"op"`
	Open    *openRequest    `json:"open,omitempty"`
	WarmUp  *warmUpRequest  `json:"warm_up,omitempty"`
	Order   []int           `json:"order,omitempty"` // of a block, arms as indices
	Answers *answersRequest `json:"answers,omitempty"`
	Streams *streamsRequest `json:"streams,omitempty"`
	Slow    []float64       `json:"slow,omitempty"` // share of its latency that is added to each arm
}

// reply is one line from a worker. Error or Absent is set where the operation did not succeed.
type reply struct {
	Op      string           `json:"op"`
	Error   string           `json:"error,omitempty"`
	Absent  *absent          `json:"absent,omitempty"`
	Opened  *opened          `json:"opened,omitempty"`
	WarmUp  *warmedUp        `json:"warm_up,omitempty"`
	Block   *blockTimes      `json:"block,omitempty"`
	Answers []Answer         `json:"answers,omitempty"`
	Plans   []*backends.Plan `json:"plans,omitempty"` // of each arm, null where it cannot be told
	Peak    *int64           `json:"peak,omitempty"`  // resident bytes at most, null where the system does not tell
	Streams *Throughput      `json:"streams,omitempty"`
}

// openRequest asks for all arms to be opened, in the given order, and run once.
type openRequest struct {
	Backend BackendSpec      `json:"backend"`
	Models  []backends.Model `json:"models"` // of each arm
	Order   []int            `json:"order"`
	Inputs  []input          `json:"inputs"`
	Seed    uint64           `json:"seed"`
	CPUs    []int            `json:"cpus"` // to stay on, none for any
}

type opened struct {
	Nanoseconds int64                 `json:"nanoseconds"`
	Engine      *backends.Description `json:"engine"`
	CPUClock    string                `json:"cpu_clock"`
}

// warmUpRequest asks for windows of interleaved runs until the medians of the last three agree.
type warmUpRequest struct {
	Order     []int   `json:"order"` // repeated within a window
	Window    int64   `json:"window"`
	Limit     int64   `json:"limit"`
	Agreement float64 `json:"agreement"`
}

type warmedUp struct {
	WarmUp
	Medians []int64 `json:"medians"` // of each arm in the last window
	// Process is what a process of an engine that times itself takes beside its runs, in nanoseconds.
	Process int64 `json:"process,omitempty"`
}

// blockTimes holds the time of every run of a block in order, and the time on the CPU of each arm.
type blockTimes struct {
	Nanoseconds []int64 `json:"nanoseconds"`
	CPU         []int64 `json:"cpu"` // null where unavailable
	// Order is the one of the runs where an engine that times itself had to rearrange the one asked for.
	Order    []int    `json:"order,omitempty"`
	Warnings []string `json:"warnings,omitempty"` // of such an engine
}

type answersRequest struct {
	Pairs     [][2]int `json:"pairs"` // arms that must agree
	Tolerance float64  `json:"tolerance"`
}

// streamsRequest asks for so many copies of the first model to run at once.
type streamsRequest struct {
	Open    openRequest `json:"open"`
	Streams int         `json:"streams"`
	WarmUp  int64       `json:"warm_up"` // nanoseconds before
	Window  int64       `json:"window"`  // what is counted
}

type absent struct {
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// encode writes a message as one line.
func encode(message any) ([]byte, error) {
	line, err := json.Marshal(message)
	return append(line, '\n'), err
}
