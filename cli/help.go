package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// help is what --help shows of a command beside its flags.
type help struct {
	examples string // one a line
	exits    []int  // exit codes; without those that every command has
}

// meanings are those of the exit codes.
func meanings() map[int]string {
	return map[int]string{
		ExitOK:          "all good",
		ExitFailed:      "failed, for the reason printed",
		ExitUsage:       "the command line or the configuration is wrong",
		ExitDiffer:      "the answers differ",
		ExitGate:        "a gate failed: latency, proof, size or what was asked for",
		ExitMissing:     "a required runtime or device is missing, or no engine could run",
		ExitInvalid:     "the measurement is invalid or incomplete",
		ExitInterrupted: "interrupted",
	}
}

// helps is the help of every command by its name.
func helps() map[string]help {
	return map[string]help{
		"run": {
			"acdeploy run acdeploy.yaml\nacdeploy run --dry-run acdeploy.yaml\nacdeploy run --model acnet.onnx --baseline plain.onnx --report out",
			[]int{ExitDiffer, ExitGate, ExitMissing, ExitInvalid},
		},
		"fuse": {
			"acdeploy fuse acnet.onnx -o fused.onnx\nacdeploy fuse acnet.onnx -o fused.onnx --verify --require-proof algebra\nacdeploy fuse acnet.onnx --dry-run -v",
			[]int{ExitDiffer, ExitGate, ExitMissing},
		},
		"verify": {
			"acdeploy verify acnet.onnx fused.onnx\nacdeploy verify acnet.onnx fused.onnx --data images.npz --require-proof algebra",
			[]int{ExitDiffer, ExitGate, ExitMissing},
		},
		"bench": {
			"acdeploy bench plain.onnx fused.onnx\nacdeploy bench plain.onnx fused.onnx --as-trained acnet.onnx --batch 1,8 --duration 1m",
			[]int{ExitDiffer, ExitGate, ExitMissing, ExitInvalid},
		},
		"report":          {"acdeploy report acdeploy-report --format markdown\nacdeploy report acdeploy-report --format junit > junit.xml", nil},
		"compare":         {"acdeploy compare old-report acdeploy-report\nacdeploy compare old-report acdeploy-report --format html > compare.html", []int{ExitGate, ExitInvalid}},
		"trend":           {"acdeploy trend reports/", nil},
		"gate":            {"acdeploy gate acdeploy-report release.yaml", []int{ExitDiffer, ExitGate, ExitMissing, ExitInvalid}},
		"inspect":         {"acdeploy inspect acnet.onnx\nacdeploy inspect acnet.onnx --json", nil},
		"bisect":          {"acdeploy bisect acdeploy.yaml\nacdeploy bisect acnet.onnx --check 'python3 check.py'", nil},
		"diff":            {"acdeploy diff acnet.onnx fused.onnx\nacdeploy diff acnet.onnx fused.onnx --format html > diff.html", nil},
		"extract":         {"acdeploy extract acnet.onnx --from image --to logits -o part.onnx", nil},
		"plain":           {"acdeploy plain acnet.onnx -o plain.onnx\nacdeploy plain fused.onnx -o plain.onnx --seed 2 --json", nil},
		"reduce":          {"acdeploy reduce acnet.onnx --check 'python3 check.py' -o small.onnx", nil},
		"release verify":  {"acdeploy release verify release/\nacdeploy release verify oci://registry.example/team/net@sha256:0123… --key key.pub", []int{ExitDiffer}},
		"publish":         {"acdeploy publish release/ --to oci://registry.example/team/net:1.0", nil},
		"fetch":           {"acdeploy fetch oci://registry.example/team/net@sha256:0123… -o net", nil},
		"passes":          {"acdeploy passes\nacdeploy passes fuse_branches", nil},
		"backends":        {"acdeploy backends\nacdeploy backends ort", []int{ExitMissing}},
		"runtime install": {"acdeploy runtime install\nacdeploy runtime install cuda13\nacdeploy runtime install --from onnxruntime.whl --offline", []int{ExitMissing}},
		"runtime list":    {"acdeploy runtime list", nil},
		"runtime remove":  {"acdeploy runtime remove 1.32.0", nil},
		"doctor":          {"acdeploy doctor\nacdeploy doctor --json", []int{ExitMissing}},
		"init":            {"acdeploy init --model acnet.onnx\nacdeploy init release --model acnet.onnx --baseline plain.onnx", nil},
		"config show":     {"acdeploy config show acdeploy.yaml --origin", nil},
		"config schema":   {"acdeploy config schema > acdeploy.schema.json", nil},
		"new pass":        {"acdeploy new pass cut_tail", nil},
		"new backend":     {"acdeploy new backend my_engine", nil},
		"zoo":             {"acdeploy zoo list\nacdeploy zoo resnet20 --branched -o acnet.onnx", nil},
		"version":         {"acdeploy version\nacdeploy version --json", nil},
		"completion":      {"acdeploy completion fish > ~/.config/fish/completions/acdeploy.fish\n# after: mkdir -p ~/.local/share/bash-completion/completions\nacdeploy completion bash > ~/.local/share/bash-completion/completions/acdeploy", nil},
	}
}

// exitsKey is the annotation with the exit codes of a command, as its help shows them.
const exitsKey = "exit codes"

// exitsTemplate shows them in the help of a command.
const exitsTemplate = `{{with index .Annotations "` + exitsKey + `"}}
Exit codes:
{{.}}{{end}}`

// addHelp gives every command its examples and its exit codes.
func addHelp(root *cobra.Command) {
	table := helps()
	for _, c := range allCommands(root) {
		h, ok := table[name(c)]
		if !ok {
			continue
		}
		if c.Example == "" {
			c.Example = "  " + strings.ReplaceAll(h.examples, "\n", "\n  ")
		}
		if c.Annotations == nil {
			c.Annotations = map[string]string{}
		}
		c.Annotations[exitsKey] = exitsOf(h)
	}
}

// exitsOf tells the exit codes of a command, one a line.
func exitsOf(h help) string {
	var b strings.Builder
	codes := append(append([]int{ExitOK, ExitFailed, ExitUsage}, h.exits...), ExitInterrupted)
	for _, code := range codes {
		fmt.Fprintf(&b, "  %-3d  %s\n", code, meanings()[code])
	}
	return b.String()
}
