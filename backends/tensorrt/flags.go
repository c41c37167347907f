package tensorrt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// settings are the options of a run as its flags need them.
type settings struct {
	device     int
	precision  string
	level      int
	workspace  int // MiB
	cudaGraph  bool
	iterations int
	warmUp     int // milliseconds
}

func (t *TensorRT) settings() settings {
	return settings{device: t.Device, precision: t.Precision, level: t.BuilderLevel, workspace: t.Workspace, cudaGraph: t.CUDAGraph}
}

// The files of a run, relative to the folder in which trtexec runs.
const (
	planFile   = "engine.plan"
	layersFile = "layers.json"
	timesFile  = "times.json"
	layerTimes = "profile.json"
)

// inputFile is where an input's bytes lie.
func inputFile(i int) string { return fmt.Sprintf("input%d.bin", i) }

// buildFlags build an engine of the model into planFile. Shapes are those of the inputs whose size the
// model leaves open, in the order of the model. timingCache may be "".
func (p program) buildFlags(s settings, model, timingCache string, shapes []named) ([]string, error) {
	if err := p.supports(s.precision); err != nil {
		return nil, err
	}
	args := []string{"--onnx=" + model, "--saveEngine=" + planFile}
	if timingCache != "" {
		args = append(args, "--timingCacheFile="+timingCache)
	}
	args = append(args, "--profilingVerbosity=detailed")
	if s.precision != "tf32" {
		args = append(args, "--noTF32")
	}
	if s.precision == "fp16" || s.precision == "bf16" {
		args = append(args, "--"+s.precision)
	}
	args = append(args, fmt.Sprintf("--builderOptimizationLevel=%d", s.level), fmt.Sprintf("--memPoolSize=workspace:%dM", s.workspace))
	if len(shapes) > 0 {
		spec, err := shapeSpec(shapes)
		if err != nil {
			return nil, err
		}
		args = append(args, "--minShapes="+spec, "--optShapes="+spec, "--maxShapes="+spec)
	}
	return append(args, "--skipInference", "--exportLayerInfo="+layersFile, fmt.Sprintf("--device=%d", s.device)), nil
}

// pinFlag keeps a build to the timings of the timing cache: a kernel that it does not hold is an error. Not
// every version has it.
const pinFlag = "errorOnTimingCacheMiss"

// runFlags load an engine, run it once on the inputs and write the raw outputs. Copies are on, since some
// versions would write what was in the memory before.
func (p program) runFlags(s settings, engine string, shapes []named, inputs []string) ([]string, error) {
	args, err := p.loadFlags(s, engine, shapes, inputs)
	if err != nil {
		return nil, err
	}
	args = append(args, "--iterations=1", "--duration=0", "--warmUp=0", "--dumpRawBindingsToFile")
	if p.has("includeDataTransfers") {
		args = append(args, "--includeDataTransfers")
	}
	if p.has("noCudaGraph") {
		args = append(args, "--noCudaGraph")
	}
	return args, nil
}

// timeFlags load an engine and time its runs on the inputs: no copies, one stream, spinning, and the
// model as one CUDA graph unless it is not to be. Versions to 10 need flags for that, 11 has it by default
// and warns of them.
func (p program) timeFlags(s settings, engine string, shapes []named, inputs []string) ([]string, error) {
	args, err := p.loadFlags(s, engine, shapes, inputs)
	if err != nil {
		return nil, err
	}
	modern := p.has("includeDataTransfers")
	if !modern {
		args = append(args, "--noDataTransfers", "--useSpinWait", "--separateProfileRun")
	}
	switch {
	case s.cudaGraph && !modern:
		args = append(args, "--useCudaGraph")
	case !s.cudaGraph && modern:
		args = append(args, "--noCudaGraph")
	}
	return append(args, "--infStreams=1", fmt.Sprintf("--iterations=%d", s.iterations), "--duration=0",
		fmt.Sprintf("--warmUp=%d", s.warmUp), "--exportTimes="+timesFile), nil
}

// profileFlags load an engine and time its layers one by one, which slows the whole down: no CUDA graph, and
// no times of the runs.
func (p program) profileFlags(s settings, engine string, shapes []named, inputs []string) ([]string, error) {
	args, err := p.loadFlags(s, engine, shapes, inputs)
	if err != nil {
		return nil, err
	}
	if p.has("includeDataTransfers") {
		args = append(args, "--noCudaGraph")
	} else {
		args = append(args, "--noDataTransfers", "--useSpinWait")
	}
	return append(args, "--infStreams=1", fmt.Sprintf("--iterations=%d", s.iterations), "--duration=0",
		fmt.Sprintf("--warmUp=%d", s.warmUp), "--exportProfile="+layerTimes), nil
}

func (p program) loadFlags(s settings, engine string, shapes []named, inputs []string) ([]string, error) {
	args := []string{"--loadEngine=" + engine, fmt.Sprintf("--device=%d", s.device)}
	if len(shapes) > 0 {
		spec, err := shapeSpec(shapes)
		if err != nil {
			return nil, err
		}
		args = append(args, "--shapes="+spec)
	}
	var files []string
	for i, name := range inputs {
		quoted, err := quote(name)
		if err != nil {
			return nil, err
		}
		files = append(files, quoted+":"+inputFile(i))
	}
	return append(args, "--loadInputs="+strings.Join(files, ",")), nil
}

// named is the shape of an input.
type named struct {
	name  string
	shape []int64
}

// shapeSpec writes shapes as trtexec reads them: x:1x3x32x32,y:scalar.
func shapeSpec(shapes []named) (string, error) {
	parts := make([]string, len(shapes))
	for i, s := range shapes {
		name, err := quote(s.name)
		if err != nil {
			return "", err
		}
		parts[i] = name + ":" + strings.ReplaceAll(tensor.FormatShape(s.shape), ",", "x")
	}
	return strings.Join(parts, ","), nil
}

// quote writes the name of a tensor as a part of a flag. A colon needs quotes, which trtexec itself
// takes away; what would end the name, or stand for others, cannot be written at all.
func quote(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, ",'*\"") || slices.ContainsFunc([]rune(name), func(r rune) bool { return r < ' ' }) {
		return "", fmt.Errorf("input %q: trtexec does not accept a name with a comma, a quote, an asterisk or a control character; rename the input", name)
	}
	if strings.ContainsAny(name, ": ") {
		return "'" + name + "'", nil
	}
	return name, nil
}
