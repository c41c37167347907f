package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/acdeploy/acdeploy/backends/ort"
)

// Every command that takes arguments says of what kind they are, and no kind is of a command or a flag that is not there.
func TestKindsAreOfWhatIsThere(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard}
	root := newRoot(a)
	arguments, values := a.argumentKinds(), a.flagKinds()
	for _, c := range append(allCommands(root), root) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			delete(values, f.Name)
			delete(values, name(c)+" --"+f.Name)
		})
		free := map[string]bool{"new pass": true, "new backend": true, "fetch": true} // a new name, an address
		_, takes, _ := strings.Cut(c.Use, " ")
		if takes = strings.Trim(takes, "[]"); takes == "" || strings.HasPrefix(takes, "-") || c.Hidden || free[name(c)] {
			continue
		}
		if len(arguments[name(c)]) == 0 {
			t.Errorf("%s takes %s, and it is not said what that is", name(c), takes)
		}
		delete(arguments, name(c))
	}
	for of := range arguments {
		t.Errorf("there are kinds of the arguments of %q, which takes none", of)
	}
	for of := range values {
		t.Errorf("there is a kind of the flag %q, which no command has", of)
	}
}

// The providers that stand here once more are those of the engine.
func TestProvidersAreThoseOfTheEngine(t *testing.T) {
	for _, provider := range providers() {
		o := ort.New()
		o.Provider = provider
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
}
