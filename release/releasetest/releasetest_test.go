package releasetest_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/release/releasetest"
)

// The folder is that of a run that passed, of the model that is in it.
func TestFolder(t *testing.T) {
	f := releasetest.Folder(t)
	if !f.Passed() || f.Name != releasetest.Name || f.Alias != releasetest.Alias || len(f.Files) != 7 {
		t.Errorf("got %+v", f)
	}
}
