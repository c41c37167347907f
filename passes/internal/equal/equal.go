// Package equal tells which nodes compute the same: the same operator with the same attributes over the same values.
//
//	keys.go         a node as a text that is the same for equal nodes
//	attributes.go   its attributes and the graphs among them
//	operators.go    which operators give the same result each time
package equal
