package tensorrt

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
)

// step is what trtexec was to do.
type step string

const (
	stepProbe  step = "probe"
	stepBuild  step = "build an engine"
	stepRun    step = "run the engine"
	stepTime   step = "time the engine"
	stepLayers step = "time the engine's layers"
)

// kind sorts failures by what follows from them.
type kind int

const (
	failed       kind = iota // the request or the model is at fault
	unavailable              // TensorRT cannot be used here
	engineAbsent             // the engine is not there, or must not be used: build it again
	deviceAbsent             // there is a GPU, but not the one asked for
	stopped                  // it hung or crashed, and would again
)

// Fault is a failure of trtexec in one line, with what to do about it.
type Fault struct {
	step   step
	Kind   kind   // what can be done about it
	said   string // what trtexec said, or how it ended
	remedy string
}

// Error is the failure with its remedy.
func (f *Fault) Error() string {
	text := fmt.Sprintf("trtexec could not %s: %s", f.step, f.said)
	if f.remedy != "" {
		text += "; " + f.remedy
	}
	return text
}

// known is a text that trtexec prints when it fails.
type known struct {
	text   *regexp.Regexp
	kind   kind
	says   string // with $1 … for what the text holds
	remedy string
}

const (
	remedyGPU       = "run on a machine with an NVIDIA GPU and a driver that is new enough for this TensorRT (nvidia-smi shows both)"
	remedyLibraries = "install the libraries of TensorRT and CUDA of the version of trtexec, and add their folder to LD_LIBRARY_PATH"
	remedyEngine    = "this trtexec built it, so the libraries that it loads may be of several versions: look at LD_LIBRARY_PATH"
	remedyDisk      = "look whether there is space left and whether the folder of the option cache can be written to"
	remedyShapes    = "give the shapes that the model declares"
	remedyFlags     = "this trtexec is not one of those known; name one of TensorRT 8.6, 10 or 11 with ACDEPLOY_TRTEXEC"
	remedyVersion   = "another version of TensorRT or of the driver may not fail"
	remedyGraph     = "set cuda_graph: false to time the model without a CUDA graph"
)

// texts are the failures that are known, the more telling first: trtexec often goes on to print what
// follows from the first failure.
func texts() []known {
	text := func(pattern string, k kind, says, remedy string) known {
		return known{regexp.MustCompile(pattern), k, says, remedy}
	}
	return []known{
		// device and libraries
		text(`error while loading shared libraries: (\S+): (.*)`, unavailable, "the library $1 is missing", remedyLibraries),
		text(`Could not load library (\S+): (?:Unable to open library: \S+ due to )?(.*)`, unavailable, "the library $1 cannot be loaded: $2", remedyLibraries),
		text(`Could not load library (\S+)`, unavailable, "the library $1 cannot be loaded", remedyLibraries),
		text(`Unable to open library: (\S+) due to (.*)`, unavailable, "the library $1 cannot be loaded: $2", remedyLibraries),
		text(`Unable to load library: (libnvinfer_builder_resource\S*?):? `, unavailable, "this TensorRT is not complete: it lacks $1 for this GPU", "install all libraries of TensorRT"),
		text(`Cuda failure(?: at [^\n]*?:\d+)?: (.*(?:driver version is insufficient|no CUDA-capable device|unknown error|initialization error|system not yet initialized|forward compatibility).*)`,
			unavailable, "no GPU can be used: $1", remedyGPU),
		text(`Cannot find any available devices`, unavailable, "there is no GPU", remedyGPU),
		text(`Cannot find device ID (\d+)!`, deviceAbsent, "there is no GPU $1", "correct the option device"),
		text(`(?i)Cuda failure(?: at [^\n]*?:\d+)?: (.*out of memory.*)`, failed, "the GPU has too little memory", "use a smaller batch, or free the GPU of other programs"),
		text(`Cuda failure(?: at [^\n]*?:\d+)?: (.*)`, failed, "CUDA failed: $1", "look at the GPU with nvidia-smi"),
		// arguments
		text(`Unknown option: (\S+)`, failed, "it does not know the option $1", remedyFlags),
		text(`\[E\] stoi`, failed, "it could not read a number among its options", remedyFlags),
		text(`Model missing or format not recognized`, failed, "it was given neither a model nor an engine", remedyFlags),
		text(`Invalid tensor names found in --shapes flag\.`, failed, "the shapes name an input that the engine does not have", remedyShapes),
		text(`Static model does not take explicit shapes`, failed, "the model has fixed shapes and was given others", remedyShapes),
		text(`Cannot find input tensor with name "([^"]*)" in the (?:network inputs|engine bindings)`, failed, "the model has no input $1 for TensorRT", "look with acdeploy inspect whether the input is used"),
		// load
		text(`Error opening engine file: ?(\S*)`, engineAbsent, "the engine file $1 cannot be opened", remedyEngine),
		text(`Cannot open engine file: ?(\S*)`, failed, "the engine file $1 cannot be written", remedyDisk),
		text(`not compatible with this version of TensorRT, expecting library version (\S+) got (\S+?),`, engineAbsent, "the engine is of TensorRT $2, this is $1", remedyEngine),
		text(`generated on an incompatible device, expecting compute (\S+) got compute (\S+?),`, engineAbsent, "the engine is for compute capability $2, this GPU has $1", remedyEngine),
		text(`stdVersionRead == serializationVersion`, engineAbsent, "the engine is of another version of TensorRT", remedyEngine),
		text(`Engine deserialization failed`, engineAbsent, "the engine cannot be read", remedyEngine),
		// run
		text(`Unexpected file size for input file: (\S+?)\.? Note: (?:Input binding size is|Expected): (\d+) bytes but (?:the file size is|only read:) (\d+) bytes`,
			failed, "the input file $1 has $3 bytes, the engine takes $2", remedyShapes),
		text(`Cannot open file (\S+?)!`, failed, "it cannot open the file $1", "look whether the folder for temporary files is full"),
		text(`built with static shapes for input tensor (\S+) but the provided shapes do not match`, failed, "the engine takes another shape of input $1", remedyShapes),
		text(`Accuracy validation FAILED`, failed, "the outputs are not those of its reference", remedyVersion),
		text(`The inference will be launched without using CUDA graph|not permitted under CUDA graph capture mode|CUDA graph capture failed`, failed,
			"the model cannot be captured as a CUDA graph", remedyGraph),
		// build; what the parser or the builder said comes with it
		text(`Failed to parse onnx file`, failed, "TensorRT does not take the model$because", "acdeploy inspect shows the operators of the model; TensorRT's parser may lack one"),
		text(`Attempting to access an empty engine`, failed, "the builder made no engine$because", "a larger workspace may help"),
		text(`Engine could not be created from network`, failed, "the builder made no engine$because", "a larger workspace may help"),
		text(`Error occurred during inference`, failed, "the run failed$because", remedyVersion),
		text(`Inference set up failed`, failed, "the engine could not be made ready to run$because", "a smaller batch may help, if the GPU's memory is full"),
		text(`Failed to create engine from model or file`, failed, "the engine could not be made$because", remedyVersion),
		text(`Engine set up failed`, failed, "the engine could not be made$because", remedyVersion),
		text(`Uncaught exception detected: (.*)`, failed, "it stopped: $1", remedyVersion),
	}
}

// because marks where the first error of TensorRT itself goes.
const because = "$because"

// diagnose says in one line why a run of trtexec failed; nil when it succeeded. Where TensorRT cannot be
// used at all, the error is an [*backends.Unavailable].
func diagnose(at step, r result) error {
	if r.err != nil {
		return &backends.Unavailable{Reason: fmt.Sprintf("trtexec cannot be started: %v", r.err), Remedy: remedyInstall, Err: r.err}
	}
	if r.flooded {
		return &Fault{at, stopped, fmt.Sprintf("it printed more than %d MiB and was killed", maxOutput>>20), "look whether it is NVIDIA's trtexec"}
	}
	if r.timedOut {
		return &Fault{at, stopped, fmt.Sprintf("it did not end within %s and was killed", r.timeout), "raise the option timeout, or lower builder_level"}
	}
	if f := recognise(at, r); f != nil && (r.code != 0 || f.remedy == remedyGraph) {
		if f.Kind == unavailable {
			return &backends.Unavailable{Reason: "TensorRT: " + f.said, Remedy: f.remedy, Err: f}
		}
		return f
	}
	switch {
	case r.signal != "":
		return &Fault{at, stopped, "it crashed (" + r.signal + ")" + reasonOf(r), remedyVersion}
	case r.code != 0:
		return &Fault{at, failed, fmt.Sprintf("it ended with exit status %d%s", r.code, reasonOf(r)), remedyVersion}
	}
	return nil
}

// recognise finds the first known text in what trtexec printed, errors first.
func recognise(at step, r result) *Fault {
	for _, k := range texts() {
		for _, output := range []string{r.stderr, r.stdout} {
			match := k.text.FindStringSubmatchIndex(output)
			if match == nil {
				continue
			}
			says, explain := strings.CutSuffix(k.says, because)
			said := string(k.text.ExpandString(nil, says, output, match))
			if why := reasonOf(r); explain && !k.text.MatchString(why) {
				said += why
			}
			return &Fault{at, k.kind, strings.TrimSpace(said), k.remedy}
		}
	}
	return nil
}

// reasonOf is the first error that TensorRT itself logged, else the last that trtexec did, else the last
// lines that it printed, as the end of a sentence.
func reasonOf(r result) string {
	last := ""
	for _, m := range messages(r.stderr + "\n" + r.stdout) {
		if m.level != "E" && m.level != "F" {
			continue
		}
		if text, core := strings.CutPrefix(m.text, "[TRT] "); core {
			return ": " + shorten(text)
		}
		last = m.text
	}
	if last == "" {
		last = lastLines(r)
	}
	if last == "" {
		return ""
	}
	return ": " + shorten(last)
}

// lastLines are the last three lines of what was printed, of the errors if there are any, without the lines
// by which trtexec begins and ends.
func lastLines(r result) string {
	for _, output := range []string{r.stderr, r.stdout} {
		var lines []string
		for line := range strings.Lines(output) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "&&&&") {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			return strings.Join(lines[max(len(lines)-3, 0):], " | ")
		}
	}
	return ""
}

// shorten keeps an error to one line of a bearable length.
func shorten(text string) string {
	const most = 300
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}
