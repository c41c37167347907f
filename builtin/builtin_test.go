package builtin_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/builtin"
)

func TestCatalogsAreValid(t *testing.T) {
	tools := builtin.Toolbox()
	if err := tools.Passes.Validate(); err != nil {
		t.Error(err)
	}
	if err := tools.Backends.Validate(); err != nil {
		t.Error(err)
	}
	if err := tools.Formats.Validate(); err != nil {
		t.Error(err)
	}
}

// What a program adds to its list is in no other.
func TestToolboxesAreTheirOwn(t *testing.T) {
	tools := builtin.Toolbox()
	tools.Passes[0].Name = "other"
	tools.Backends = append(tools.Backends[:1], tools.Backends[0])
	if again := builtin.Toolbox(); again.Passes[0].Name == "other" || again.Backends[1].Name == again.Backends[0].Name {
		t.Error("two toolboxes share a list")
	}
}
