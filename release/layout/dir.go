package layout

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// Dir is a copy of the folder.
type Dir struct {
	Path string // of the folder that is written
}

var _ release.Target = Dir{}

func (d Dir) target() string { return "dir:" + d.Path }

// Plan implements [release.Target].
func (d Dir) Plan(f *release.Folder) []string {
	return []string{fmt.Sprintf("copy %s to %s", human.Count(len(all(f)), "file"), d.Path)}
}

// Publish implements [release.Target]. A folder with something else in it is left alone; a release that somebody signed is the same one.
func (d Dir) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	r := release.Receipt{Target: d.target(), Reference: d.Path, Done: []string{}}
	err := d.publish(ctx, f, &r)
	return r, failed(d.target(), err)
}

func (d Dir) publish(ctx context.Context, f *release.Folder, r *release.Receipt) error {
	names := all(f)
	there, err := entries(d.Path)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		if old, err := release.Open(d.Path); err != nil || old.Digest != f.Digest {
			return fmt.Errorf("it holds something else; name a new folder, such as %s-%s", d.Path, f.Digest[:12])
		}
		return d.sign(ctx, f, r)
	}
	if err := makeParent(filepath.Clean(d.Path)); err != nil {
		return err
	}
	err = aside(ctx, filepath.Clean(d.Path), func(folder string) error {
		for _, name := range names {
			if err := copyFile(ctx, f, name, filepath.Join(folder, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.Done = append(r.Done, human.Count(len(names), "file"))
	}
	return err
}

// sign brings the signatures that a copy lacks: they are made after the release, and may be made after the copy.
func (d Dir) sign(ctx context.Context, f *release.Folder, r *release.Receipt) error {
	r.Unchanged = true
	for _, name := range f.Signatures() {
		same, err := holds(d.Path, f, []string{name})
		if err == nil && !same {
			_, err = osfile.FilesOf(ctx).Replace(filepath.Join(d.Path, name), func(w io.Writer) error { return osfile.Copy(w, filepath.Join(f.Dir, name)) })
			r.Unchanged, r.Done = false, append(r.Done, "signature "+name)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(d.Path, name), osfile.Cause(err))
		}
	}
	return nil
}
