package mlflow_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// folder is a release folder. It is made once: fusing takes a while.
func folder(t *testing.T) *release.Folder {
	t.Helper()
	return releasetest.Into(t, filepath.Join(t.TempDir(), "release"))
}
