package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// FetchOptions are how a release is fetched.
type FetchOptions struct {
	PlainHTTP bool     // also where the registry is not on this machine
	Progress  Progress // nil for nobody

	pause time.Duration
}

// Fetched is a release that came back.
type Fetched struct {
	Folder    *release.Folder // checked against its sums
	Reference string          // with the digest
	Unchanged bool            // it was in the folder already
}

// errOther is what registries hold that is no release.
var errOther = errors.New("is not a release of acdeploy")

// Fetch brings a release back into the folder dir: oci://HOST/REPOSITORY:TAG, or with @ and a digest. The folder gets its name
// when every file is there and is the one that was published. A folder with the same release stays as it is. Any other
// that is not empty is an error. An address that is none matches [outcome.ErrUsage].
func Fetch(ctx context.Context, ref, dir string, o FetchOptions) (Fetched, error) {
	a, err := parse(ref)
	if err != nil {
		return Fetched{}, err
	}
	c, err := connect(a, o.PlainHTTP, o.pause)
	if err != nil {
		return Fetched{}, err
	}
	p := &pull{client: c, progress: o.Progress}
	if err := p.find(ctx); err != nil {
		return Fetched{}, c.explain("fetch", err)
	}
	got := Fetched{Reference: a.at(p.model.Digest.String()).String()}
	if got.Folder, err = p.present(dir); err != nil || got.Folder != nil {
		got.Unchanged = err == nil
		return got, err
	}
	got.Folder, err = p.into(ctx, dir)
	return got, err
}

// pull is a release in a registry: what is known of it before its files come.
type pull struct {
	*client
	progress Progress
	model    ocispec.Descriptor
	layers   []ocispec.Descriptor // of the model
	packed   bool                 // the layers are archives
	folder   string               // SHA-256 of the sums
	evidence []ocispec.Descriptor // files that refer to the model, each with its title
}

// find reads the documents of a release.
func (p *pull) find(ctx context.Context) (err error) {
	if p.model, err = p.Resolve(ctx, p.address.Reference.Reference); err != nil {
		return err
	}
	if p.model.MediaType != ocispec.MediaTypeImageManifest {
		return fmt.Errorf("%s %w but of type %s", p.model.Digest, errOther, p.model.MediaType)
	}
	m, err := p.document(ctx, p.model)
	if err != nil {
		return err
	}
	p.folder, p.layers, p.packed = m.Annotations[folderKey], m.Layers, m.Config.MediaType == ocispec.MediaTypeImageConfig
	if p.folder == "" {
		return fmt.Errorf("%s %w: its manifest does not say which folder it was", p.model.Digest, errOther)
	}
	referrers, err := p.referrers(ctx, p.model)
	if err != nil {
		return err
	}
	for _, d := range referrers {
		if title, ok := d.Annotations[ocispec.AnnotationTitle]; ok && kind(title) == "" || d.MediaType != ocispec.MediaTypeImageManifest {
			continue // somebody else's
		}
		about, err := p.document(ctx, d)
		if err != nil {
			return err
		}
		if about.Subject != nil && about.Subject.Digest == p.model.Digest {
			p.evidence = append(p.evidence, about.Layers...)
		}
	}
	return nil
}

// present is the folder where it has this release already, nil where there is none.
func (p *pull) present(dir string) (*release.Folder, error) {
	if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) == 0 {
		return nil, nil
	}
	old, err := release.Open(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch: %w, so nothing is fetched into it; name another folder", err)
	case old.Digest != p.folder:
		return nil, fmt.Errorf("fetch into %s: another release is there; name another folder", dir)
	}
	return old, nil
}

// into fetches the files aside, has them checked, and gives the folder its name.
func (p *pull) into(ctx context.Context, dir string) (*release.Folder, error) {
	dir = filepath.Clean(dir)
	made := osfile.MissingFolders(filepath.Dir(dir))
	osfile.Sweep(filepath.Dir(dir))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("fetch into %s: %w", dir, osfile.Cause(err))
	}
	aside, unlock, err := osfile.MakeTempFolder(dir)
	if err != nil {
		osfile.RemoveEmpty(made)
		return nil, fmt.Errorf("fetch into %s: %w", dir, osfile.Cause(err))
	}
	defer unlock()
	err = p.files(ctx, aside)
	if disk, ok := errors.AsType[*os.PathError](err); ok {
		err = fmt.Errorf("fetch into %s: %w", dir, disk.Err)
	} else {
		err = p.explain("fetch", err)
	}
	if err == nil {
		_, err = release.Open(aside) // what a registry has may be complete and still no release
	}
	if err == nil {
		err = settle(ctx, aside, dir)
	}
	if err != nil {
		err = errors.Join(err, os.RemoveAll(aside))
		osfile.RemoveEmpty(made)
		return nil, err
	}
	return release.Open(dir)
}

// settle gives a folder that is complete its name.
func settle(ctx context.Context, aside, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := errors.Join(osfile.FolderMode(aside, release.SumsFile, dir), osfile.SyncFolder(aside))
	if err == nil {
		osfile.RemoveEmpty([]string{dir})
		err = osfile.FilesOf(ctx).Rename(aside, dir)
	}
	if err == nil {
		err = osfile.SyncFolder(filepath.Dir(dir))
	}
	if err != nil {
		return fmt.Errorf("fetch into %s: %w", dir, osfile.Cause(err))
	}
	return nil
}

// files fetches the sums, which the model's manifest vouches for, and every file that they name.
func (p *pull) files(ctx context.Context, folder string) error {
	sums, ok := titled(p.evidence, release.SumsFile, p.folder)
	if !ok {
		return fmt.Errorf("the registry does not have %s of this release; publish it again", release.SumsFile)
	}
	if sums.Size > mostMetadata {
		return fmt.Errorf("%s has %d bytes", release.SumsFile, sums.Size)
	}
	if err := p.download(ctx, sums, folder, release.SumsFile); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, release.SumsFile))
	if err != nil {
		return err
	}
	listed, err := release.ParseSums(text)
	if err != nil {
		return fmt.Errorf("%s: %w", release.SumsFile, err)
	}
	packed := map[string]bool{}
	for _, file := range listed {
		from := p.layers
		if kind(file.Name) != "" {
			from = p.evidence
		} else if p.packed {
			packed[file.Name] = true
			continue
		}
		desc, ok := titled(from, file.Name, file.SHA256)
		if !ok {
			return fmt.Errorf("the registry does not have %s of this release; publish it again", file.Name)
		}
		if err := p.download(ctx, desc, folder, file.Name); err != nil {
			return err
		}
	}
	if err := p.unpack(ctx, packed, folder); err != nil {
		return err
	}
	return p.signatures(ctx, folder)
}

// signatures fetches what the sums do not vouch for, and which vouches for them: the first of each name.
func (p *pull) signatures(ctx context.Context, folder string) error {
	have := map[string]bool{}
	for _, d := range p.evidence {
		name := d.Annotations[ocispec.AnnotationTitle]
		if !release.IsSignature(name) || have[name] || d.Size > mostMetadata {
			continue
		}
		if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
			continue // one of the release itself
		}
		have[name] = true
		if err := p.download(ctx, d, folder, name); err != nil {
			return err
		}
	}
	return nil
}

// unpack writes the files of an image into a folder.
func (p *pull) unpack(ctx context.Context, wanted map[string]bool, folder string) error {
	if len(wanted) == 0 {
		return nil
	}
	for _, layer := range p.layers {
		err := p.stream(ctx, layer, modelsFolder, func(r io.Reader) error { return readLayer(r, osfile.FilesOf(ctx), wanted, folder) })
		if err != nil {
			return err
		}
	}
	return nil
}

// download writes one blob into a folder.
func (p *pull) download(ctx context.Context, desc ocispec.Descriptor, folder, name string) error {
	return p.stream(ctx, desc, name, func(r io.Reader) error { return writeFile(osfile.FilesOf(ctx), filepath.Join(folder, name), r) })
}

// stream has a blob read, and checks that it has the bytes of its digest. Where the connection breaks, it begins again.
func (p *pull) stream(ctx context.Context, desc ocispec.Descriptor, name string, read func(io.Reader) error) error {
	return p.patiently(ctx, func() error {
		body, err := p.Blobs().Fetch(ctx, desc)
		if err != nil {
			return err
		}
		checked := content.NewVerifyReader(body, desc)
		err = read(told(checked, name, desc.Size, p.progress))
		if err == nil {
			_, err = io.Copy(io.Discard, checked)
		}
		if err == nil {
			err = checked.Verify()
		}
		if errors.Is(err, content.ErrMismatchedDigest) || errors.Is(err, content.ErrTrailingData) {
			err = fmt.Errorf("the bytes of %s are not those of its digest", name)
		}
		return errors.Join(err, body.Close())
	})
}

// titled is the file among some that has a name and a digest.
func titled(files []ocispec.Descriptor, name, sha256 string) (ocispec.Descriptor, bool) {
	for _, d := range files {
		if d.Annotations[ocispec.AnnotationTitle] == name && d.Digest == digest.NewDigestFromEncoded(digest.SHA256, sha256) {
			return d, true
		}
	}
	return ocispec.Descriptor{}, false
}
