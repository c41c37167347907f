package templatebackend

import (
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// One suite holds every engine to its promises. List the element types that yours takes.
func TestTemplateBackend(t *testing.T) {
	b := &TemplateBackend{Pause: time.Microsecond}
	backendtest.Run(t, b, backendtest.Claims{Types: []tensor.Type{tensor.Float32, tensor.Int64}})
}

func TestTemplateBackendValidate(t *testing.T) {
	for pause, ok := range map[time.Duration]bool{-1: false, 0: true, time.Hour: true, time.Hour + 1: false} {
		if err := (&TemplateBackend{Pause: pause}).Validate(); (err == nil) != ok {
			t.Errorf("pause %s: %v", pause, err)
		}
	}
}
