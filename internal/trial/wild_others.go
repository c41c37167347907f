package main

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/model"
)

// optimiser is another program that makes models smaller, a Python package.
type optimiser struct {
	name, version string
	python        string // that has it
}

func (o optimiser) String() string { return o.name + " " + o.version }

// otherResult is what another optimiser makes of a model.
type otherResult struct {
	Ops     map[string]int `json:"ops,omitempty"`     // nodes by operator, Constant nodes left out
	Skipped string         `json:"skipped,omitempty"` // why there is none
}

// optimiserScript runs an optimiser over a file, or prints its version where no file is given.
const optimiserScript = `import sys
tool, files = sys.argv[1], sys.argv[2:]
module = __import__(tool)
if not files:
    from importlib.metadata import version
    print(version(tool))
    sys.exit()
import onnx
if tool == "onnxslim":
    made = module.slim(files[0])
else:
    made, ok = module.simplify(files[0])
    if not ok:
        sys.exit("its own check says that the answers changed")
onnx.save(made, files[1])
`

// optimisers are those that the Python of a folder has, and why others are left out.
func optimisers(ctx context.Context, folder string) (all []optimiser, absent []string) {
	python := filepath.Join(folder, "bin", "python3")
	for _, name := range []string{"onnxslim", "onnxsim"} {
		out, err := exec.CommandContext(ctx, python, "-c", optimiserScript, name).Output()
		if err != nil {
			absent = append(absent, fmt.Sprintf("%s: %s does not have it; make wild installs it", name, python))
			continue
		}
		all = append(all, optimiser{name: name, version: strings.TrimSpace(string(out)), python: python})
	}
	return all, absent
}

// optimiserTime is how long an optimiser may take for one model.
const optimiserTime = 5 * time.Minute

// run makes a file of another one, and counts what is in it.
func (o optimiser) run(ctx context.Context, from, to string) otherResult {
	ctx, stop := context.WithTimeout(ctx, optimiserTime)
	defer stop()
	out, err := exec.CommandContext(ctx, o.python, "-c", optimiserScript, o.name, from, to).CombinedOutput()
	if ctx.Err() != nil {
		return otherResult{Skipped: fmt.Sprintf("it takes longer than %s", optimiserTime)}
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return otherResult{Skipped: lines[len(lines)-1]}
	}
	f, err := model.Open(to)
	if err != nil {
		return otherResult{Skipped: err.Error()}
	}
	defer func() { _ = f.Close() }()
	return otherResult{Ops: withoutConstants(f.Counts().Ops)}
}

// withoutConstants counts nodes without Constant nodes, which compute nothing.
func withoutConstants(ops map[string]int) map[string]int {
	ops = maps.Clone(ops)
	delete(ops, "Constant")
	return ops
}

// others notes what other optimisers make of a model.
func (w *wild) others(ctx context.Context, r *wildRow, path string) {
	if r.Group != groupPackages && r.Group != groupTrained {
		return
	}
	for _, o := range w.optimisers {
		if r.Others == nil {
			r.Others = map[string]otherResult{}
		}
		result := o.run(ctx, path, filepath.Join(filepath.Dir(path), o.name+".onnx"))
		result.Skipped = r.plain(result.Skipped)
		r.Others[o.String()] = result
	}
}

// total is the number of nodes.
func total(ops map[string]int) int {
	n := 0
	for _, count := range ops {
		n += count
	}
	return n
}

// fewerOf lists the operators of which another program has fewer, and those that it has more of: "3 Transpose, 2 Add fewer;
// 1 Gemm more".
func fewerOf(theirs, ours map[string]int) string {
	var fewer, more []string
	all := maps.Clone(theirs)
	maps.Copy(all, ours)
	for _, op := range slices.Sorted(maps.Keys(all)) {
		switch d := ours[op] - theirs[op]; {
		case d > 0:
			fewer = append(fewer, fmt.Sprintf("%d %s", d, op))
		case d < 0:
			more = append(more, fmt.Sprintf("%d %s", -d, op))
		}
	}
	said := strings.Join(fewer, ", ") + " fewer"
	if len(more) > 0 {
		said += "; " + strings.Join(more, ", ") + " more"
	}
	return said
}
