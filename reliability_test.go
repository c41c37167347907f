package acdeploy_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
)

var errFault = errors.New("input/output error")

// fault is an operation on files that fails.
type fault struct {
	count int // how many there were
	op    osfile.Op
	path  string
}

// failing makes a context in which operation n fails, the first being 1.
func failing(ctx context.Context, n int) (context.Context, *fault) {
	f := &fault{}
	return osfile.WithFaults(ctx, func(asked osfile.Op, path string) error {
		if f.count++; f.count != n {
			return nil
		}
		f.op, f.path = asked, path
		return errFault
	}), f
}

// twoBranches is a small network with something to fuse, in one file and with its weights in another.
func twoBranches(t *testing.T) map[string]string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	n := newNet(t, tensor.Float32, 1, 8, 4, 4)
	w := func() *graph.Value { return n.drawn(r.Float64, 8, 8, 3, 3) }
	m := n.output(n.node("Relu", n.node("Add", n.convolved(w()), n.convolved(w()))))
	files := map[string]string{}
	for name, limit := range map[string]int64{"one_file": 0, "data_file": 1} {
		files[name] = filepath.Join(t.TempDir(), "net.onnx")
		if _, err := mapped.Save(t.Context(), files[name], m, mapped.Options{Limit: limit}); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// wholeModel is the digest of a model with its data, read to its last byte.
func wholeModel(path string) (string, error) {
	f, err := model.Open(path)
	if err != nil {
		return "", err
	}
	d, err := f.Digest()
	if err == nil {
		_, err = f.Weights()
	}
	return d.ModelSHA256, errors.Join(err, f.Close())
}

// Whichever operation on files fails in a run, the model and the report are the old or the new ones, whole, and nothing
// else is left. Only what can be done without does not fail the run: a mapping, permissions, and the units that are kept meanwhile.
func TestReliability1EveryFaultOfARun(t *testing.T) {
	skipShort(t, "runs the job once for each fault")
	unusable(t)
	for name, from := range twoBranches(t) {
		t.Run(name, func(t *testing.T) {
			of := map[string]int{}
			for n, more := 1, true; more; n++ {
				path := oneFaultOfARun(t, from, n)
				if of[filepath.Base(path)]++; n > 200 {
					t.Fatal("it never ends")
				}
				if more = path != ""; !more {
					t.Attr("tried", strconv.Itoa(n-1))
				}
			}
			if of["units.jsonl"] != 2 { // opened, and its head
				t.Errorf("%d operations on the units failed", of["units.jsonl"])
			}
		})
	}
}

// oneFaultOfARun runs twice into one folder, the second time with a fault, and returns the path of what failed,
// "" if nothing did.
func oneFaultOfARun(t *testing.T, from string, n int) string {
	t.Helper()
	cfg := config(t, from)
	cfg.Disable = []string{"fuse_branches"}
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrMissing) {
		t.Fatal(err) // nothing to measure on, which is how it should end
	}
	final := filepath.Join(cfg.Report, "fused.onnx")
	old, err := wholeModel(final)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Disable = nil
	ctx, failed := failing(t.Context(), n)
	report, err := acdeploy.Run(ctx, cfg, toolbox(), acdeploy.Settings{}, nil)
	what := fmt.Sprintf("operation %d (%s)", n, failed.op)
	tolerated := failed.op == "" || failed.op == osfile.OpMap || failed.op == osfile.OpChmod || filepath.Base(failed.path) == "units.jsonl"
	if errors.Is(err, errFault) == tolerated {
		t.Errorf("%s: error %v", what, err)
	}
	now, unreadable := wholeModel(final)
	switch {
	case unreadable != nil:
		t.Errorf("%s: the model is not whole: %v", what, unreadable)
	case tolerated && now == old:
		t.Errorf("%s: the model is the old one", what)
	case report != nil && report.Fuse != nil && report.Fuse.Output != nil && report.Fuse.Output.ModelSHA256 != now:
		t.Errorf("%s: the report is of another model", what)
	}
	wholeFolder(t, cfg.Report, what)
	if report != nil { // otherwise the report is the one that could not be moved aside
		sameResult(t, cfg.Report, what, err)
	}
	return failed.path
}

// sameResult checks that what lies in the folder of a run says what its exit code says.
func sameResult(t *testing.T, dir, what string, err error) {
	t.Helper()
	r, unreadable := reports.Read(filepath.Join(dir, reports.FileName))
	page, missing := os.ReadFile(filepath.Join(dir, reports.PageName))
	switch {
	case unreadable != nil && missing == nil:
		t.Errorf("%s: there is a page of a report that is not there", what)
	case unreadable == nil && r.Unfinished() && missing != nil && err != nil: // it could not be written at the end, and says so
	case unreadable == nil && r.Conclusion.ExitCode != acdeploy.ExitCode(err):
		t.Errorf("%s: exit code %d, the report says %d", what, acdeploy.ExitCode(err), r.Conclusion.ExitCode)
	case unreadable == nil && missing == nil && !strings.Contains(string(page), fmt.Sprintf("FAILED with exit code %d", acdeploy.ExitCode(err))):
		t.Errorf("%s: exit code %d, the page says something else", what, acdeploy.ExitCode(err))
	}
}

// wholeFolder checks that the reports in a folder can be read, and that there is nothing besides them but the fused model.
func wholeFolder(t *testing.T, dir, what string) {
	t.Helper()
	seen, reported := 0, 0
	for _, name := range fileNames(t, dir) {
		switch {
		case name == "fused.onnx":
		case name == "fused.onnx.*.data":
			seen++
		case name == reports.PageName:
			if page, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasSuffix(string(page), "</html>\n") {
				t.Errorf("%s: the page is not whole: %v", what, err)
			}
		case strings.HasPrefix(name, "report") && strings.HasSuffix(name, ".json"):
			reported++
			if _, err := reports.Read(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		default:
			t.Errorf("%s left %s", what, name)
		}
	}
	if seen > 1 || reported == 0 {
		t.Errorf("%s: %d data files, %d reports", what, seen, reported)
	}
}

// Whichever operation on files fails when a model is saved or checked, there is the old model or the new one.
func TestReliability1EveryFaultOfAFuse(t *testing.T) {
	for name, from := range twoBranches(t) {
		t.Run(name, func(t *testing.T) {
			for n, more := 1, true; more && n < 200; n++ {
				dir := t.TempDir()
				path := filepath.Join(dir, "fused.onnx")
				old := fuseTo(t, t.Context(), from, path, "fuse_branches")
				if old.err != nil {
					t.Fatal(old.err)
				}
				ctx, failed := failing(t.Context(), n)
				now := fuseTo(t, ctx, from, path)
				tolerated := failed.op == "" || failed.op == osfile.OpMap || failed.op == osfile.OpChmod
				if errors.Is(now.err, errFault) == tolerated || tolerated && now.err != nil {
					t.Errorf("operation %d (%s): error %v", n, failed.op, now.err)
				}
				want := now.sum
				if now.err != nil {
					want = old.sum
				}
				if got, err := wholeModel(path); got != want || err != nil {
					t.Errorf("operation %d (%s): the model is %s, want %s, %v", n, failed.op, got, want, err)
				}
				if left := fileNames(t, dir); len(left) > 2 || left[0] != "fused.onnx" {
					t.Errorf("operation %d (%s) left %v", n, failed.op, left)
				}
				if more = failed.count >= n; !more {
					t.Attr("tried", strconv.Itoa(n-1))
				}
			}
		})
	}
}

type fusedTo struct {
	sum string
	err error
}

// fuseTo fuses one model into another.
func fuseTo(t *testing.T, ctx context.Context, from, to string, disable ...string) (f fusedTo) {
	t.Helper()
	cfg := config(t, from)
	cfg.Disable = disable
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	source, err := model.OpenOn(ctx, from)
	if err != nil {
		return fusedTo{err: err}
	}
	defer func() { f.err = errors.Join(f.err, source.Close()) }()
	fused, err := job.Fuse(ctx, source)
	if err != nil {
		return fusedTo{err: err}
	}
	saved, err := fused.Save(ctx, to)
	if err != nil {
		return fusedTo{err: err}
	}
	return fusedTo{sum: saved.Document().Output.ModelSHA256}
}
