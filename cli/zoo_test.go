package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/internal/zoo"
)

func TestZooListsEveryNetwork(t *testing.T) {
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), &out, &errs, []string{"zoo"}, toolbox()); code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(zoo.Networks()) {
		t.Fatalf("%d lines, %d networks", len(lines), len(zoo.Networks()))
	}
	for i, n := range zoo.Networks() {
		if !strings.HasPrefix(lines[i], n.Name+" ") || !strings.HasSuffix(lines[i], "  "+n.Doc) {
			t.Errorf("%s: %q", n.Name, lines[i])
		}
	}
}

func TestZooRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.onnx")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an unknown network": {[]string{"nowhere", "-o", path}, "nowhere"},
		"no output":          {[]string{"lenet5"}, "-o"},
		"an unknown form":    {[]string{"lenet5", "-o", path, "--form", "2020"}, `not "2020"`},
		"a form it lacks":    {[]string{"mobileone", "-o", path, "--form", "2019"}, "mobileone"},
		"two networks":       {[]string{"lenet5", "vgg16", "-o", path}, "one network"},
	} {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), &out, &errs, append([]string{"zoo"}, c.args...), toolbox())
		if code != cli.ExitUsage || !strings.Contains(errs.String(), c.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d, %s", name, code, &errs)
		}
	}
}
