package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/catalog"
)

// engine is an option struct with everything that one may have.
type engine struct {
	Threads int               `yaml:"threads" doc:"threads of one operator, at least 1"`
	Timeout time.Duration     `yaml:"timeout"`
	Session map[string]string `yaml:"session"`
	Names   []string          `yaml:"names"`
	Shared  `yaml:",inline"`

	Hidden string `yaml:"-"`
	Plain  string
	inner  string
}

// Shared are options of several engines.
type Shared struct {
	Device int `yaml:"device" doc:"GPU, from 0"`
}

func TestOptions(t *testing.T) {
	var got []string
	made := &engine{Threads: 2, inner: "x"}
	for _, o := range catalog.Options(made) {
		got = append(got, o.Name+": "+o.Doc)
		if o.Name == "device" {
			o.Value.SetInt(7)
		}
	}
	want := []string{"threads: threads of one operator, at least 1", "timeout: ", "session: ", "names: ", "device: GPU, from 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if made.Device != 7 {
		t.Error("an option of a struct that is given by its address cannot be set")
	}
	if list := catalog.Options(3); list != nil {
		t.Errorf("a number has options: %v", list)
	}
}
