package ort

import (
	"fmt"
	"os"
	"regexp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/onnx"
)

// The library's words for an operator that it does not have: one of a domain that the model imports, and any other.
var (
	unregistered = regexp.MustCompile(`Fatal error: (\S*):(\S+)\(-?\d+\) is not a registered function/op`)
	unknownNode  = regexp.MustCompile(`In Node, \("([^"]*)", ([^,]+), "([^"]*)", -?\d+\).*(?:No opset import for domain|No Op registered for)`)
)

// explained is the library's refusal of an operator in our words; any other error stays as it is.
func explained(model backends.Model, err error) error {
	var node, op, domain string
	if said := unregistered.FindStringSubmatch(err.Error()); said != nil {
		domain, op = said[1], said[2]
		node = nodeOf(model.Path, op, domain)
	} else if said := unknownNode.FindStringSubmatch(err.Error()); said != nil {
		node, op, domain = said[1], said[2], said[3]
	} else {
		return err
	}
	if node != "" {
		node = "node " + node + ": "
	}
	_, version := ortc.Loaded()
	if domain == "" || domain == "ai.onnx" {
		return fmt.Errorf("%soperator %s is not part of ONNX Runtime %s in the opset of the model; another version may have it", node, op, version)
	}
	return fmt.Errorf("%soperator %s of domain %s is not part of ONNX Runtime %s; it needs a library of custom operators, which acdeploy cannot load", node, op, domain, version)
}

// largestRead is the largest model that is read for the name of a node.
const largestRead = 1 << 30

// nodeOf is the first node of an operator in a model; "" where it cannot be told.
func nodeOf(path, op, domain string) string {
	if info, err := os.Stat(path); err != nil || info.Size() > largestRead {
		return ""
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	m, err := onnx.Decode(file, nil)
	if err != nil {
		return ""
	}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if n.OpType == op && n.Domain == domain {
				return n.Label()
			}
		}
	}
	return ""
}

// checkCustom refuses a library of custom operators.
func (o *ORT) checkCustom() error {
	if o.CustomOpLibrary == "" {
		return nil
	}
	return fmt.Errorf("custom_op_library %s: the binding to onnxruntime that acdeploy is built with cannot register a library of custom operators; leave the option out",
		o.CustomOpLibrary)
}
