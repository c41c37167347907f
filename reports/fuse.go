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

// Network is what a model consists of, in numbers and layer by layer.
type Network struct {
	Graph
	// Layers in the order of the nodes; absent from reports of earlier versions.
	Layers []Layer `json:"layers,omitempty"`
}

// Layer is a convolution, a matrix product or a batch normalisation. A key is absent where the model does not say.
type Layer struct {
	Name        string  `json:"name"`                   // name of the node
	OpType      string  `json:"op_type"`                // its operator
	KernelShape []int64 `json:"kernel_shape,omitempty"` // of a convolution
	Strides     []int64 `json:"strides,omitempty"`      // absent where all are 1
	Group       int64   `json:"group,omitempty"`        // absent where it is 1
	InChannels  int64   `json:"in_channels,omitempty"`  // channels, or columns of a matrix, that it reads
	OutChannels int64   `json:"out_channels,omitempty"` // channels, or columns of a matrix, that it computes
	// Block is the node of the sum that adds this layer to others of the same input; absent where there is none.
	Block string `json:"block,omitempty"`
}

// Became is a change of the network: the nodes that were there, and the nodes that are there in their place.
type Became struct {
	From        []string `json:"from"`          // names of nodes of the model as trained
	FromOpTypes []string `json:"from_op_types"` // the operator of each
	To          []string `json:"to"`            // names of nodes of the fused model; none where nothing took their place
	ToOpTypes   []string `json:"to_op_types"`   // the operator of each
}

// Model is a file and what it consists of.
type Model struct {
	File
	Network
	// Made says by whom the model was made where nobody exported it, a clause; absent for one that was exported.
	Made string `json:"made,omitempty"`
}

// Fuse is the document of a run of passes, acdeploy.fuse/v1.
type Fuse struct {
	Schema string `json:"schema"` // kind and version of this document
	Input  File   `json:"input"`  // the model as trained
	Output *File  `json:"output"` // null when nothing was written
	// Rejected says why the output has not got the name that was asked for; "" when it has.
	Rejected string `json:"rejected,omitempty"`
	// NothingFused counts the reasons why nothing was fused, where something could be; "" otherwise.
	NothingFused string    `json:"nothing_fused,omitempty"`
	Rounds       int       `json:"rounds"`    // how often the list of passes ran
	Converged    bool      `json:"converged"` // false when a limit of rounds or rewrites ended the run
	Passes       []Pass    `json:"passes"`    // what each pass did, in the order of the list
	Rewrites     []Rewrite `json:"rewrites"`  // of all passes, in their order
	Refusals     []Refusal `json:"refusals"`  // of all passes, in their order
	Before       Network   `json:"before"`    // the model as trained
	After        Network   `json:"after"`     // the model after the passes
	// Became says which nodes became which. A node is in one change at most. One that is in none is still there under its
	// name, or holds a constant. Absent from reports of earlier versions.
	Became []Became `json:"became,omitempty"`
	// Interface says what passes changed of the inputs and outputs, because that is what they are for; absent where nothing is changed.
	Interface []InterfaceChange `json:"interface,omitempty"`
}

// InterfaceChange is an input or output that a pass made or took away.
type InterfaceChange struct {
	Pass   string `json:"pass"`   // name of the pass
	Detail string `json:"detail"` // what became of which input or output
}

// Pass is what one pass did, in numbers.
type Pass struct {
	Name        string `json:"name"`        // name of the pass
	Rewrites    int    `json:"rewrites"`    // how many rewrites it made
	Refusals    int    `json:"refusals"`    // how many rewrites it refused
	Nanoseconds int64  `json:"nanoseconds"` // time that it took
	// ConstantBytes is by how many bytes the constants of the model grew; below zero where they shrank. Absent where they did
	// neither, and from reports of earlier versions.
	ConstantBytes int64 `json:"constant_bytes,omitempty"`
	// Program is what the pass ran; absent for a pass that runs nothing.
	Program *Program `json:"program,omitempty"`
}

// Program is a program that was run as a pass.
type Program struct {
	Command []string      `json:"command"` // the program and its arguments, as the configuration has them
	Files   []ProgramFile `json:"files"`   // the program, then each argument that is a file
}

// ProgramFile is a file of such a program.
type ProgramFile struct {
	Path   string `json:"path"`   // where it was; relative to the folder of the configuration
	SHA256 string `json:"sha256"` // of the file
}

// programOf is what a report says of a program; nil for none.
func programOf(p *pipeline.Program) *Program {
	if p == nil {
		return nil
	}
	made := &Program{Command: p.Command, Files: make([]ProgramFile, len(p.Files))}
	for i, f := range p.Files {
		made.Files[i] = ProgramFile(f)
	}
	return made
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
func NewFuse(input File, output *File, before, after Network, r *pipeline.Result) *Fuse {
	f := &Fuse{
		Schema: SchemaFuse, Input: input, Output: output, Before: before, After: after,
		Rounds: r.Rounds, Converged: r.Converged,
		Passes: make([]Pass, len(r.Passes)), Rewrites: make([]Rewrite, 0, r.Rewrites()), Refusals: make([]Refusal, 0, r.Refusals()),
	}
	for i, p := range r.Passes {
		f.Passes[i] = Pass{p.Name, len(p.Rewrites), len(p.Refusals), p.Elapsed.Nanoseconds(), p.ConstantBytes, programOf(p.Program)}
		for _, w := range p.Rewrites {
			f.Rewrites = append(f.Rewrites, Rewrite{p.Name, w.Node, w.Detail, w.Branches})
		}
		for _, w := range p.Refusals {
			f.Refusals = append(f.Refusals, Refusal{p.Name, w.Node, w.Reason, w.Detail, w.Branches})
		}
		for _, detail := range p.Interface {
			f.Interface = append(f.Interface, InterfaceChange{p.Name, detail})
		}
	}
	f.NothingFused = f.nothingFused()
	return f
}
