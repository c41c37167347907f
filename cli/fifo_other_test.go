//go:build !unix

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

// makeFIFO skips the script: there are no named pipes.
func makeFIFO(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("named pipes exist on unix only; use [unix] before fifo")
}
