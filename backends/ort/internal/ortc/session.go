//go:build cgo

package ortc

import (
	"errors"
	"maps"
	"runtime"
	"slices"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/acdeploy/acdeploy/tensor"
)

// Describe asks the library for the interface of the model in a file. Inputs that have an
// initializer are left out. Symbols of dimensions are not known here.
func Describe(path string) (Interface, error) {
	options, err := (Options{Level: Disabled, Threads: 1}).build()
	if err != nil {
		return Interface{}, err
	}
	defer func() { _ = options.Destroy() }()
	inputs, outputs, err := ort.GetInputOutputInfoWithOptions(path, options)
	if err != nil {
		return Interface{}, err
	}
	return Interface{specs(inputs), specs(outputs)}, nil
}

func specs(infos []ort.InputOutputInfo) []tensor.Spec {
	out := make([]tensor.Spec, len(infos))
	for i, info := range infos {
		out[i] = tensor.Spec{Name: info.Name}
		if info.OrtValueType != ort.ONNXTypeTensor {
			continue
		}
		out[i].Type = tensor.Type(info.DataType)
		// The binding gives no dimensions both for a scalar and for a tensor of unknown rank.
		out[i].Ranked = len(info.Dimensions) > 0
		for _, d := range info.Dimensions {
			out[i].Shape = append(out[i].Shape, tensor.Fixed(max(d, -1)))
		}
	}
	return out
}

// build makes the library's own options. The caller destroys them.
func (o Options) build() (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	level := map[Level]ort.GraphOptimizationLevel{
		Disabled: ort.GraphOptimizationLevelDisableAll, Basic: ort.GraphOptimizationLevelEnableBasic,
		Extended: ort.GraphOptimizationLevelEnableExtended, All: ort.GraphOptimizationLevelEnableAll,
	}[o.Level]
	errs := []error{
		options.SetGraphOptimizationLevel(level),
		options.SetLogSeverityLevel(ort.LoggingLevelFatal),
		options.SetIntraOpNumThreads(o.Threads),
	}
	if o.InterOpThreads > 1 {
		errs = append(errs, options.SetExecutionMode(ort.ExecutionModeParallel), options.SetInterOpNumThreads(o.InterOpThreads))
	}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		errs = append(errs, options.AddSessionConfigEntry(key, o.Config[key]))
	}
	errs = append(errs, appendProvider(options, o.Provider, o.ProviderConfig))
	if o.Profile != "" {
		errs = append(errs, options.EnableProfiling(o.Profile))
	}
	if o.Optimized != "" {
		errs = append(errs, options.SetOptimizedModelFilePath(o.Optimized))
	}
	if err := errors.Join(errs...); err != nil {
		_ = options.Destroy()
		return nil, err
	}
	return options, nil
}

// Session runs a model on values that may change from run to run.
type Session struct {
	session *ort.DynamicAdvancedSession
}

// Open loads the model in a file. External data is read from its folder.
func Open(path string, io Interface, o Options) (*Session, error) {
	options, err := o.build()
	if err != nil {
		return nil, err
	}
	defer func() { _ = options.Destroy() }()
	session, err := ort.NewDynamicAdvancedSession(path, io.InputNames(), io.OutputNames(), options)
	if err != nil {
		return nil, err
	}
	return &Session{session}, nil
}

// Run computes the outputs from the inputs, both in the order of the interface. An output that is
// nil is allocated by the library; the caller closes it.
func (s *Session) Run(in, out []*Value, c *Canceller) error {
	if len(in) == 0 || len(out) == 0 {
		return errors.New("a model without inputs or without outputs cannot be run")
	}
	given, made := values(in), values(out)
	err := s.session.RunWithOptions(given, made, c.options)
	for i := range made {
		if made[i] != nil && out[i] == nil {
			out[i] = adopt(made[i])
		}
	}
	runtime.KeepAlive(in)
	runtime.KeepAlive(out)
	return err
}

// values are the binding's own values; nil stays nil.
func values(vs []*Value) []ort.Value {
	out := make([]ort.Value, len(vs))
	for i, v := range vs {
		if v != nil {
			out[i] = v.value
		}
	}
	return out
}

// Close frees the session.
func (s *Session) Close() { _ = s.session.Destroy() } // never fails

// Bound runs a model on the same values every time. It holds them, since the library keeps bare
// pointers to them, and closes them.
type Bound struct {
	session *ort.AdvancedSession
	in, out []*Value
}

// Bind loads the model in a file for the inputs and outputs, both in the order of the interface, and
// takes the values over, also when it fails.
func Bind(path string, io Interface, o Options, in, out []*Value) (*Bound, error) {
	b := &Bound{in: in, out: out}
	options, err := o.build()
	if err != nil {
		b.Close()
		return nil, err
	}
	defer func() { _ = options.Destroy() }()
	b.session, err = ort.NewAdvancedSession(path, io.InputNames(), io.OutputNames(), values(in), values(out), options)
	if err != nil {
		b.session = nil
		b.Close()
		return nil, err
	}
	return b, nil
}

// Run computes the outputs once and allocates nothing.
func (b *Bound) Run() error {
	if b.session == nil {
		return errors.New("the bound session is closed")
	}
	err := b.session.Run()
	runtime.KeepAlive(b)
	return err
}

// Close frees the session and its values; a second call does nothing.
func (b *Bound) Close() {
	if b.session != nil {
		_ = b.session.Destroy() // never fails
		b.session = nil
	}
	for _, v := range slices.Concat(b.in, b.out) {
		if v != nil {
			v.Close()
		}
	}
	b.in, b.out = nil, nil
}

// Canceller stops a run from another goroutine.
type Canceller struct {
	options *ort.RunOptions
}

// NewCanceller makes a canceller for one run.
func NewCanceller() (*Canceller, error) {
	options, err := ort.NewRunOptions()
	if err != nil {
		return nil, err
	}
	return &Canceller{options}, nil
}

// Cancel makes the run fail soon.
func (c *Canceller) Cancel() { _ = c.options.Terminate() } // fails only after Close

// Close frees the canceller. No Cancel may follow.
func (c *Canceller) Close() { _ = c.options.Destroy() }
