package onnx

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// account counts the memory of what says nothing: nodes and graphs without results, empty messages and words. A few
// bytes of a file make hundreds of bytes of each. A model that computes something has few of them, however many
// nodes it has, so that no sound model is refused for its size.
type account struct {
	most, spent int // bytes
}

const (
	accountOfAny  = 24 << 20 // bytes that are free in any file: with what the collector leaves, less than 64 MB
	accountOfByte = 10       // and for each byte of the file

	bytesOfNode    = 1200 // a node as a message and in the graph
	bytesOfGraph   = 3000 // a graph with the indices of its names, twice in a function
	bytesOfMessage = 200  // any other message
	bytesOfWord    = 130  // a word, and the use of a value that it stands for
)

func newAccount(size int) *account { return &account{most: accountOfAny + accountOfByte*size} }

// message counts a message. One that says something, such as a node with a result, is free.
func (a *account) message(name protoreflect.Name, at int, says bool) error {
	switch {
	case says:
		return nil
	case name == "NodeProto":
		return a.spend(at, bytesOfNode)
	case name == "GraphProto":
		return a.spend(at, bytesOfGraph)
	}
	return a.spend(at, bytesOfMessage)
}

func (a *account) spend(at, bytes int) error {
	if a.spent += bytes; a.spent > a.most {
		return fmt.Errorf("byte %d: nodes without outputs and empty fields would take more than %d MB of memory; this is no sound model, export it again", at, a.most>>20)
	}
	return nil
}

// hasResults tells the messages that say nothing without a result.
func hasResults(message protoreflect.Name) bool {
	return message == "NodeProto" || message == "GraphProto"
}

// isResult tells the fields that name results.
func isResult(message, field protoreflect.Name) bool { return hasResults(message) && field == "output" }
