package onnx

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// account counts the memory of what a file consists of besides nodes: a few bytes of a file make hundreds of bytes of a
// message. What belongs to a node that has a result is free, so that no sound model is refused for its size, however many
// nodes it has: with each of them come bytes for more than it declares.
type account struct {
	size        int // of the file
	most, spent int // bytes
}

// What any file may take, with all that is made of it and what the collector leaves.
const (
	memoryOfAny  = 64 << 20
	memoryOfByte = 24
)

const (
	accountOfAny  = 24 << 20 // bytes that are free in any file: with what the collector leaves, less than 64 MB
	accountOfByte = 20       // and for each byte of the file
	mostParts     = 64       // attributes that are free in a node
	mostDims      = 16       // dimensions that count little in a shape

	bytesOfNode     = 1200 // a node as a message and in the graph
	bytesOfGraph    = 3000 // a graph with the indices of its names, twice in a function
	bytesOfFunction = 900  // a function without what is in it
	bytesOfValue    = 500  // an attribute that says nothing, or one of too many
	bytesOfTensor   = 350
	bytesOfMessage  = 175 // any other message that lies in a list
	bytesOfPart     = 80  // one of the messages that a type consists of
	bytesOfDim      = 100
	bytesOfMoreDim  = 205
	bytesOfWord     = 130 // a word, and the use of a value that it stands for
)

func newAccount(size int) *account {
	return &account{size: size, most: accountOfAny + accountOfByte*size}
}

// left is the share of what any file may take that decoding leaves, with so many bytes in other files. It is never nothing.
func (a *account) left(elsewhere int) int {
	share := 1 - float64(a.spent)/float64(a.most)
	return max(int(share*float64(memoryOfAny+memoryOfByte*(a.size+elsewhere))), 1)
}

// message counts a message. Of those that make up a graph, one that says something is free.
func (a *account) message(name protoreflect.Name, at int, says bool) error {
	if says && isStructure(name) {
		return nil
	}
	return a.spend(at, bytesOf(name))
}

// part counts what is too much of one kind in a message, by its number there.
func (a *account) part(name protoreflect.Name, at, number int) error {
	switch {
	case name == "AttributeProto" && number >= mostParts:
		return a.spend(at, bytesOfValue)
	case name == "Dimension" && number >= mostDims:
		return a.spend(at, bytesOfMoreDim-bytesOfDim)
	}
	return nil
}

func isStructure(name protoreflect.Name) bool {
	return name == "NodeProto" || name == "GraphProto" || name == "AttributeProto"
}

// bytesOf is what a message takes, without those in it.
func bytesOf(name protoreflect.Name) int {
	switch name {
	case "NodeProto":
		return bytesOfNode
	case "GraphProto":
		return bytesOfGraph
	case "FunctionProto":
		return bytesOfFunction
	case "AttributeProto":
		return bytesOfValue
	case "TensorProto":
		return bytesOfTensor
	case "Dimension":
		return bytesOfDim
	case "TypeProto", "Tensor", "TensorShapeProto":
		return bytesOfPart
	}
	return bytesOfMessage
}

func (a *account) spend(at, bytes int) error {
	if a.spent += bytes; a.spent > a.most {
		return fmt.Errorf("byte %d: nodes without outputs and fields of a few bytes would take more than %d MB of memory; this is no sound model, export it again", at, a.most>>20)
	}
	return nil
}

// needs are the fields without which a message says nothing, one of each row. Others say something with any field.
func needs(message protoreflect.Name) [][]protoreflect.Name {
	switch message {
	case "NodeProto":
		return [][]protoreflect.Name{{"op_type"}, {"output"}}
	case "GraphProto":
		return [][]protoreflect.Name{{"node"}, {"output"}}
	case "AttributeProto":
		return [][]protoreflect.Name{{
			"type", "ref_attr_name", "f", "i", "s", "t", "g", "tp", "sparse_tensor",
			"floats", "ints", "strings", "tensors", "graphs", "type_protos", "sparse_tensors",
		}}
	}
	return nil
}
