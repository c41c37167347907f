package backends

import (
	"fmt"
	"regexp"
)

// Rejection is what an operator says of values that it does not take, such as an index beyond the end of a table. Neither
// the engine nor the model is at fault: the inputs are.
type Rejection struct {
	Op    string // op type of the node
	Node  string // its name; "" where it has none
	Words string // of the engine
}

// The words of engines for an operator that does not take its values: those of onnxruntime, those of the reference.
var (
	failedNode    = regexp.MustCompile(`running (\S+) node\. Name:'([^']*)' Status Message: (.*)`)
	outOfRange    = regexp.MustCompile(`(?i)out of (data )?bounds|out of range|invalid ind(ex|ice)|must be within`)
	placeInSource = regexp.MustCompile(`^\S+\.\w+:\d+ .*[\])] `)
	outsideAxis   = regexp.MustCompile(`node (.+) \((\w+)\): ((?:index|target|place) -?\d+ is outside .*)`)
)

// RejectionOf recognises a rejection in an error of an engine. An engine in a worker hands over text only, so that the text
// has to tell.
func RejectionOf(err error) (Rejection, bool) {
	if err == nil {
		return Rejection{}, false
	}
	if said := failedNode.FindStringSubmatch(err.Error()); said != nil && outOfRange.MatchString(said[3]) {
		return Rejection{said[1], said[2], placeInSource.ReplaceAllString(said[3], "")}, true
	}
	if said := outsideAxis.FindStringSubmatch(err.Error()); said != nil {
		return Rejection{said[2], said[1], said[3]}, true
	}
	return Rejection{}, false
}

// Generated says that inputs which acdeploy generated were rejected, and what to do about it.
func (r Rejection) Generated() string {
	return r.of("the generated inputs") + "; give inputs of the model's own with --data, or the range of those that are generated: --input-range NAME=LOW:HIGH"
}

// Given says that the user's inputs were rejected.
func (r Rejection) Given() string { return r.of("the inputs of the data") + "; correct the data" }

func (r Rejection) of(inputs string) string {
	node := ""
	if r.Node != "" {
		node = fmt.Sprintf(" (node %s)", r.Node)
	}
	return fmt.Sprintf("operator %s%s rejects %s: %s", r.Op, node, inputs, r.Words)
}
