package ledger

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// TestEvents skips what is no event, and ends with the error of the reader.
func TestEvents(t *testing.T) {
	var tests []string
	for e, err := range Events(strings.NewReader("{\"Action\":\"run\",\"Test\":\"A\"}\nprinted\n{\"Action\":\"pass\",\"Test\":\"B\"}\n{\"Test\":\"cut")) {
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, e.Action+" "+e.Test)
	}
	if got := strings.Join(tests, ", "); got != "run A, pass B" {
		t.Errorf("got %s", got)
	}
	broken := errors.New("broken")
	for _, err := range Events(iotest.ErrReader(broken)) {
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}
