package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/host"
)

// The command and the flag say the same.
func TestVersion(t *testing.T) {
	run := func(args ...string) string {
		var out strings.Builder
		root := newRoot(&app{out: &out, err: &out})
		root.SetOut(&out)
		root.SetArgs(args)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if command, flag := run("version"), run("--version"); command != flag || !strings.HasPrefix(command, "acdeploy ") {
		t.Errorf("version says %q, --version %q", command, flag)
	}
	var doc versionDocument
	if err := json.Unmarshal([]byte(run("version", "--json")), &doc); err != nil {
		t.Fatal(err)
	}
	if version, revision := host.Build(); doc != (versionDocument{"acdeploy.version/v1", version, revision}) {
		t.Errorf("the document is %+v", doc)
	}
}
