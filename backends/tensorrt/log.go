package tensorrt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// message is one line of trtexec's log.
type message struct {
	level string // I, W, E, F or V
	text  string
}

// logLine is a line of the log: [11/23/2026-23:44:33] [I] text.
var logLine = regexp.MustCompile(`^\[[0-9/:-]+\] \[([IWEFV])\] ?(.*)$`)

// messages are the lines of the log in an output; others are left out.
func messages(output string) []message {
	var all []message
	for line := range strings.Lines(output) {
		if said := logLine.FindStringSubmatch(strings.TrimRight(line, "\r\n ")); said != nil {
			all = append(all, message{said[1], said[2]})
		}
	}
	return all
}

// warnings are what trtexec warns of, each once.
func warnings(r result) []string {
	var all []string
	for _, m := range messages(r.stdout + "\n" + r.stderr) {
		text := strings.TrimSuffix(shorten(strings.TrimPrefix(strings.TrimPrefix(m.text, "[TRT] "), "* ")), ".")
		if m.level == "W" && text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// echo is what trtexec says that its settings are, by section and name.
func echo(stdout string) map[string]map[string]string {
	all := map[string]map[string]string{}
	section := ""
	for _, m := range messages(stdout) {
		if name, ok := strings.CutPrefix(m.text, "=== "); ok {
			section = strings.TrimSuffix(name, " ===")
			continue
		}
		name, value, ok := strings.Cut(m.text, ":")
		if !ok || section == "" {
			continue
		}
		if all[section] == nil {
			all[section] = map[string]string{}
		}
		if _, twice := all[section][name]; !twice {
			all[section][name] = strings.TrimSpace(value)
		}
	}
	return all
}

// setting is what the echo has to say.
type setting struct{ section, name, value string }

// held reports the first setting that trtexec did not take over as asked. A command line means other
// things to other versions, so the echo is the proof of what was measured.
func held(stdout string, want []setting) error {
	said := echo(stdout)
	for _, w := range want {
		got, ok := said[w.section][w.name]
		switch {
		case !ok:
			return fmt.Errorf("trtexec does not say what %q is; %s", w.name, remedyFlags)
		case got != w.value:
			return fmt.Errorf("trtexec used %q for %q instead of %q; %s", got, w.name, w.value, remedyFlags)
		}
	}
	return nil
}

const (
	buildSection     = "Build Options"
	inferenceSection = "Inference Options"
	systemSection    = "System Options"
)

// buildEcho is what a build has to say.
func (p program) buildEcho(s settings) []setting {
	want := []setting{
		{buildSection, "Skip inference", "Enabled"},
		{buildSection, "Save engine", planFile},
		{buildSection, "Profiling verbosity", "2"},
		{buildSection, "BuilderOptimizationLevel", fmt.Sprint(s.level)},
		{systemSection, "Device", fmt.Sprint(s.device)},
	}
	if p.has("fp16") { // versions without the option have nothing to say
		precision := map[string]string{"fp32": "FP32", "tf32": "FP32", "fp16": "FP32+FP16", "bf16": "FP32+BF16"}[s.precision]
		want = append(want, setting{buildSection, "Precision", precision})
	}
	return want
}

// runEcho is what a single run has to say.
func runEcho(s settings) []setting {
	return []setting{
		{inferenceSection, "Data transfers", "Enabled"},
		{inferenceSection, "CUDA Graph", "Disabled"},
		{inferenceSection, "Iterations", "1"},
		{systemSection, "Device", fmt.Sprint(s.device)},
	}
}

// timeEcho is what a timed run has to say.
func timeEcho(s settings) []setting {
	graph := "Disabled"
	if s.cudaGraph {
		graph = "Enabled"
	}
	return []setting{
		{inferenceSection, "Data transfers", "Disabled"},
		{inferenceSection, "Spin-wait", "Enabled"},
		{inferenceSection, "CUDA Graph", graph},
		{inferenceSection, "ExposeDMA", "Disabled"},
		{inferenceSection, "Inference Streams", "1"},
		{inferenceSection, "Idle time", "0ms"},
		{inferenceSection, "Iterations", fmt.Sprint(s.iterations)},
		{inferenceSection, "Duration", fmt.Sprintf("0s (+ %dms warm up)", s.warmUp)},
		{systemSection, "Device", fmt.Sprint(s.device)},
	}
}
