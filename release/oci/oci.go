// Package oci keeps releases in container registries, and fetches them.
//
//	release folder                     registry
//	  model.onnx and its data ──────▶ a ModelPack artefact, or an image, under a tag
//	  report, page, card       ──────▶ one referrer each: a document whose subject is the model
//	  statements, BOM, sums    ──────▶
//
// The model's manifest has the digest of the folder's SHA256SUMS. So its own digest stands for every file of the release,
// whoever else may attach something to it.
package oci

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/release"
)

// Form is what a model is in a registry.
type Form string

// The forms.
const (
	Artifact Form = "artifact" // a ModelPack artefact, the files as they are
	Image    Form = "image"    // a container image with the files under /models, for KServe
)

// Progress is told how many bytes of a file went through the network.
type Progress func(name string, done, total int64)

// Options of a target. The zero value publishes an artefact over TLS.
type Options struct {
	As        Form     // what it is in the registry
	PlainHTTP bool     // also where the registry is not on this machine
	Progress  Progress // nil for nobody

	pause time.Duration // before something is tried again, 0 for the usual
}

// target is a place in a registry.
type target struct {
	address
	Options
}

// New makes a target of HOST/REPOSITORY:TAG, with oci:// before it or without. It asks nobody. An address that is none
// matches [outcome.ErrUsage].
func New(ref string, o Options) (release.Target, error) {
	a, err := parse(ref)
	if err != nil {
		return nil, err
	}
	if a.digest {
		return nil, outcome.Usagef("%s names a digest, which is known only when the release is published: name a tag", a)
	}
	switch o.As {
	case "":
		o.As = Artifact
	case Artifact, Image:
	default:
		return nil, outcome.Usagef("%s: --as is artifact or image, not %q", a, string(o.As))
	}
	return &target{a, o}, nil
}

// Plan implements [release.Target].
func (t *target) Plan(f *release.Folder) []string {
	form := "a ModelPack artefact"
	if t.As == Image {
		form = "an image with the model under /" + modelsFolder
	}
	return []string{
		fmt.Sprintf("push %s of release %s to %s/%s", form, f.Name, t.Registry, t.Repository),
		"attach to it the report, the card, the statements, the bill of materials and the digests",
		"then have the tag " + t.Reference.Reference + " point to it",
	}
}

// Publish implements [release.Target]. Whatever fails, the tag is where it was: it moves last.
func (t *target) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	receipt := release.Receipt{Target: t.String()}
	pushed, err := wrap(f, t.As)
	if err != nil {
		return receipt, err
	}
	c, err := connect(t.address, t.PlainHTTP, t.pause)
	if err != nil {
		return receipt, err
	}
	p := &push{client: c, progress: t.Progress}
	if err := p.release(ctx, pushed); err != nil {
		return receipt, c.explain("publish to", err)
	}
	receipt.Reference = t.at(pushed.model.Digest.String()).String()
	receipt.Unchanged = len(p.done) == 0
	if receipt.Unchanged {
		p.say("%s points to this release already", t.address)
	}
	receipt.Done = append(p.done, fmt.Sprintf("acdeploy fetch %s -o DIR brings it back", receipt.Reference))
	return receipt, nil
}

// push brings what is missing into a registry.
type push struct {
	*client
	progress Progress
	done     []string // what was done, a line each
}

func (p *push) say(format string, args ...any) { p.done = append(p.done, fmt.Sprintf(format, args...)) }

// release pushes the model, then what refers to it, and moves the tag when all of it can be found.
func (p *push) release(ctx context.Context, b bundle) error {
	tag := p.address.Reference.Reference
	old, err := p.Resolve(ctx, tag)
	if err != nil && !missing(err) {
		return err
	}
	if _, err := p.Resolve(ctx, b.model.Digest.String()); missing(err) {
		if err := p.manifest(ctx, b.model); err != nil {
			return err
		}
		p.say("pushed the %s, %s", b.model.name, b.model.Digest)
	} else if err != nil {
		return err
	}
	if err := p.evidence(ctx, b); err != nil {
		return err
	}
	if old.Digest == b.model.Digest {
		return nil
	}
	if err := p.upload(b.model.blob, func(r io.Reader) error { return p.PushReference(ctx, b.model.Descriptor, r, tag) }); err != nil {
		return err
	}
	if old.Digest != "" {
		p.say("moved the tag %s, which was at %s", tag, old.Digest)
	} else {
		p.say("set the tag %s", tag)
	}
	return nil
}

// evidence pushes those documents about the model that the registry does not list. Where somebody else writes the same list at
// the same moment, one of the two has to write it again.
func (p *push) evidence(ctx context.Context, b bundle) error {
	first := 0
	for attempt := 1; ; attempt++ {
		listed, err := p.referrers(ctx, b.model.Descriptor)
		if err != nil {
			return err
		}
		have := map[digest.Digest]bool{}
		for _, d := range listed {
			have[d.Digest] = true
		}
		var missing []manifest
		for _, m := range b.evidence {
			if !have[m.Digest] {
				missing = append(missing, m)
			}
		}
		if attempt == 1 {
			first = len(missing)
		}
		switch {
		case len(missing) == 0 && first == 0:
			return nil
		case len(missing) == 0:
			p.say("attached %s", human.Count(first, "document"))
			return nil
		case attempt == attempts:
			return fmt.Errorf("the registry took %s and does not list it", missing[0].name)
		}
		for _, m := range missing {
			if err := p.manifest(ctx, m); err != nil {
				return err
			}
		}
	}
}

// manifest pushes the parts of a manifest, and then itself.
func (p *push) manifest(ctx context.Context, m manifest) error {
	for _, part := range m.parts {
		err := p.patiently(ctx, func() error {
			there, err := p.Blobs().Exists(ctx, part.Descriptor)
			if err != nil || there {
				return err
			}
			return p.upload(part, func(r io.Reader) error { return p.Blobs().Push(ctx, part.Descriptor, r) })
		})
		if err != nil {
			return err
		}
	}
	return p.upload(m.blob, func(r io.Reader) error { return p.Manifests().Push(ctx, m.Descriptor, r) })
}

// upload opens a blob, has it sent, and tells how far it is.
func (p *push) upload(b blob, send func(io.Reader) error) error {
	from, err := b.open()
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read, and closed already where it went as it is
	return send(told(from, b.name, b.Size, p.progress))
}

// told is a reader that tells how much was read of it.
func told(r io.Reader, name string, total int64, progress Progress) io.Reader {
	if progress == nil {
		return r
	}
	return io.TeeReader(r, &counter{to: io.Discard, seen: func(n int64) { progress(name, n, total) }})
}
