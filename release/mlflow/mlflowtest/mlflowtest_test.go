package mlflowtest_test

import (
	"net/http"
	"testing"

	"github.com/acdeploy/acdeploy/release/mlflow/mlflowtest"
)

// The server that starts is of the version that is asked for.
func TestStart(t *testing.T) {
	s := mlflowtest.Start(t)
	if got := s.Run(t, "import mlflow; print(mlflow.__version__, end='')"); got != mlflowtest.Version {
		t.Errorf("version %s", got)
	}
	answer, err := http.Get(s.URL + "/version")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d: %s", answer.StatusCode, s.Log())
	}
}
