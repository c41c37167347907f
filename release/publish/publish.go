// Package publish says where a release folder goes, and delivers it.
//
//	mlflow              the tracking server of MLFLOW_TRACKING_URI
//	oci://HOST/REPO:TAG a container registry
//	triton:DIR          a model repository of Triton
//	kserve:FILE         an InferenceService
//	hf:DIR              a folder for the Hugging Face hub
//	dir:DIR             a copy
//
// Each target is told by itself: one that fails keeps none of the others from its delivery.
package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
	"github.com/acdeploy/acdeploy/release/mlflow"
	"github.com/acdeploy/acdeploy/release/oci"
)

// Options are what targets have to know beside their names.
type Options struct {
	Getenv  func(string) string // reads a variable of the environment, such as a token
	Storage string              // address from which KServe gets the model; "" for the registry of the same delivery
	As      string              // what the model is in a registry, artifact or image
	// PlainHTTP is also for registries that are not on this machine.
	PlainHTTP bool
	// Told hears what goes on at a target; nil for nobody.
	Told func(target, note string)
}

// Delivery is a set of targets.
type Delivery struct {
	targets  []named
	options  Options
	registry string // the target that is a registry; "" for none
	pulled   string // by which the registry gives the model out again
}

// named is a target with the name that the user gave it.
type named struct {
	name string
	release.Target
}

// Outcome is what became of one target.
type Outcome struct {
	release.Receipt
	Plan  []string `json:"plan"`  // what would be done; empty once it is done
	Error string   `json:"error"` // "" where it was delivered
	err   error
}

// The forms of targets. Each but the first is followed by a path.
const (
	toMLflow = "mlflow"
	toOCI    = "oci"
	toTriton = "triton"
	toKServe = "kserve"
	toHF     = "hf"
	toDir    = "dir"
)

func forms() []string { return []string{toMLflow, toOCI, toTriton, toKServe, toHF, toDir} }

// Parse reads the names of targets. It asks no server. An error matches [outcome.ErrUsage].
func Parse(names []string, o Options) (*Delivery, error) {
	if len(names) == 0 {
		return nil, outcome.Usagef("publish needs a target; --to is %s", listed())
	}
	if o.Told == nil {
		o.Told = func(string, string) {}
	}
	d := &Delivery{options: o}
	for _, name := range names {
		if slices.ContainsFunc(d.targets, func(t named) bool { return t.name == name }) {
			return nil, outcome.Usagef("--to %s is given twice", name)
		}
		target, err := d.parse(name)
		if err != nil {
			return nil, err
		}
		d.targets = append(d.targets, named{name, target})
	}
	if err := d.checkStorage(); err != nil {
		return nil, err
	}
	// KServe needs to know where the registry has the model.
	slices.SortStableFunc(d.targets, func(a, b named) int { return last(a) - last(b) })
	return d, nil
}

func listed() string {
	return "mlflow, oci://HOST/REPOSITORY:TAG, triton:DIR, kserve:FILE, hf:DIR or dir:DIR"
}

func last(t named) int {
	if _, is := t.Target.(layout.KServe); is {
		return 1
	}
	return 0
}

func (d *Delivery) parse(name string) (release.Target, error) {
	form, path, given := strings.Cut(name, ":")
	switch {
	case name == toMLflow:
		settings, err := mlflow.FromEnvironment(d.options.Getenv)
		if err != nil {
			return nil, fmt.Errorf("--to mlflow: %w", err)
		}
		return mlflow.New(settings, func(note string) { d.options.Told(name, note) }), nil
	case !slices.Contains(forms(), form):
		return nil, outcome.Usagef("--to %q is not known%s (known: %s)", name, catalog.Suggest(form, forms()), listed())
	case form == toMLflow:
		return nil, outcome.Usagef("--to %q: mlflow takes nothing after it; the server is that of MLFLOW_TRACKING_URI", name)
	case !given || path == "":
		return nil, outcome.Usagef("--to %s needs a path, as in %s:PATH", form, form)
	}
	switch form {
	case toOCI:
		return d.registryOf(name)
	case toTriton:
		return layout.Triton{Path: path}, nil
	case toKServe:
		return layout.KServe{Path: path, Storage: d.storage}, nil
	case toHF:
		return layout.HuggingFace{Path: path}, nil
	}
	return layout.Dir{Path: path}, nil
}

// registryOf is a target in a registry. The first one is where KServe gets the model from, if it is an image there.
func (d *Delivery) registryOf(name string) (release.Target, error) {
	progress := func(file string, done, total int64) {
		d.options.Told(name, fmt.Sprintf("%s, %s of %s", file, human.Bytes(done), human.Bytes(total)))
	}
	target, err := oci.New(name, oci.Options{As: oci.Form(d.options.As), PlainHTTP: d.options.PlainHTTP, Progress: progress})
	if err != nil {
		return nil, fmt.Errorf("--to %w", err)
	}
	if d.registry == "" && oci.Form(d.options.As) == oci.Image {
		d.registry = name
	}
	return target, nil
}

// checkStorage is an error if a target of KServe does not know where the model is going to be.
func (d *Delivery) checkStorage() error {
	if d.options.Storage != "" || d.registry != "" {
		return nil
	}
	for _, t := range d.targets {
		if last(t) == 1 {
			return outcome.Usagef("--to %s: KServe has to get the model from somewhere; give --storage-uri, such as s3://bucket/folder, or push an image in the same call: --to oci://HOST/REPOSITORY:TAG --as image", t.name)
		}
	}
	return nil
}

// nativeScheme has KServe let Kubernetes mount the folder /models of an image. With oci:// a shell in the image would have to link it.
const nativeScheme = "oci+native://"

// storage is the address from which KServe gets the model.
func (d *Delivery) storage() (string, error) {
	switch {
	case d.options.Storage != "":
		return d.options.Storage, nil
	case d.pulled == "":
		return "", fmt.Errorf("it needs the digest that %s gives, and nothing was delivered there", d.registry)
	}
	return nativeScheme + strings.TrimPrefix(d.pulled, oci.Scheme), nil
}

// Logs reports whether all targets take the report of a run without a model.
func (d *Delivery) Logs() bool {
	return !slices.ContainsFunc(d.targets, func(t named) bool { return t.name != toMLflow })
}

// Plan says what Deliver would do. It asks nobody.
func (d *Delivery) Plan(f *release.Folder) []Outcome {
	var all []Outcome
	for _, t := range d.targets {
		all = append(all, Outcome{Receipt: release.Receipt{Target: t.name, Done: []string{}}, Plan: t.Plan(f)})
	}
	return all
}

// Deliver publishes a folder at every target, one after the other. The error has one of each target that failed.
func (d *Delivery) Deliver(ctx context.Context, f *release.Folder) ([]Outcome, error) {
	var all []Outcome
	var errs []error
	for _, t := range d.targets {
		d.options.Told(t.name, "begin")
		o := Outcome{Plan: []string{}}
		o.Receipt, o.err = t.Publish(ctx, f)
		o.Target = t.name
		if o.err != nil {
			o.Error = o.err.Error()
			errs = append(errs, o.err)
		} else if t.name == d.registry {
			d.pulled = o.Reference
		}
		if o.Done == nil {
			o.Done = []string{}
		}
		all = append(all, o)
		if ctx.Err() != nil {
			break
		}
	}
	return all, errors.Join(errs...)
}
