package reports

import (
	"github.com/acdeploy/acdeploy/pipeline"
)

// File is a model's file with its digests.
type File struct {
	Path        string `json:"path"`         // where the file was
	SHA256      string `json:"sha256"`       // of the model file
	ModelSHA256 string `json:"model_sha256"` // of the model file and its external data, see package model
	Bytes       int64  `json:"bytes"`        // of the model file and its external data
}

// Graph counts what a model consists of.
type Graph struct {
	Nodes      int            `json:"nodes"`      // number of nodes
	Ops        map[string]int `json:"ops"`        // nodes by op type
	Parameters int64          `json:"parameters"` // elements of the initializers
}

// Model is a file and what it consists of.
type Model struct {
	File
	Graph
}

// Fuse is the document of a run of passes, acdeploy.fuse/v1.
type Fuse struct {
	Schema string `json:"schema"` // kind and version of this document
	Input  File   `json:"input"`
	Output *File  `json:"output"` // null when nothing was written
	// Rejected says why the output has not got the name that was asked for; "" when it has.
	Rejected string `json:"rejected,omitempty"`
	// NothingFused counts the reasons why nothing was fused, where something could be; "" otherwise.
	NothingFused string    `json:"nothing_fused,omitempty"`
	Rounds       int       `json:"rounds"`    // how often the list of passes ran
	Converged    bool      `json:"converged"` // false when a limit of rounds or rewrites ended the run
	Passes       []Pass    `json:"passes"`
	Rewrites     []Rewrite `json:"rewrites"`
	Refusals     []Refusal `json:"refusals"`
	Before       Graph     `json:"before"`
	After        Graph     `json:"after"`
}

// Pass is what one pass did, in numbers.
type Pass struct {
	Name        string `json:"name"`        // name of the pass
	Rewrites    int    `json:"rewrites"`    // how many rewrites it made
	Refusals    int    `json:"refusals"`    // how many rewrites it refused
	Nanoseconds int64  `json:"nanoseconds"` // time that it took
}

// Rewrite is a change that a pass made.
type Rewrite struct {
	Pass   string `json:"pass"`   // name of the pass
	Node   string `json:"node"`   // name of the node
	Detail string `json:"detail"` // what was done
	// Branches of the block that was merged, a word each; absent where the change was no merge.
	Branches []string `json:"branches,omitempty"`
}

// Refusal is a change that a pass looked at and did not make.
type Refusal struct {
	Pass   string `json:"pass"`   // name of the pass
	Node   string `json:"node"`   // name of the node
	Reason string `json:"reason"` // a stable word
	Detail string `json:"detail"` // what stood in the way
	// Branches of the block that stays, a word each; absent where the node is in none.
	Branches []string `json:"branches,omitempty"`
}

// NewFuse makes the document of a run of passes over the model at input. Output is nil when nothing
// was written.
func NewFuse(input File, output *File, before, after Graph, r *pipeline.Result) *Fuse {
	f := &Fuse{
		Schema: SchemaFuse, Input: input, Output: output, Before: before, After: after,
		Rounds: r.Rounds, Converged: r.Converged,
		Passes: make([]Pass, len(r.Passes)), Rewrites: []Rewrite{}, Refusals: []Refusal{},
	}
	for i, p := range r.Passes {
		f.Passes[i] = Pass{p.Name, len(p.Rewrites), len(p.Refusals), p.Elapsed.Nanoseconds()}
		for _, w := range p.Rewrites {
			f.Rewrites = append(f.Rewrites, Rewrite{p.Name, w.Node, w.Detail, w.Branches})
		}
		for _, w := range p.Refusals {
			f.Refusals = append(f.Refusals, Refusal{p.Name, w.Node, w.Reason, w.Detail, w.Branches})
		}
	}
	f.NothingFused = f.nothingFused()
	return f
}
