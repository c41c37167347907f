package layout

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// HuggingFace is a folder that is pushed to a repository of the Hugging Face hub. It may be a clone of one: whatever else is in it stays.
type HuggingFace struct {
	Path string // of that folder
}

var _ release.Target = HuggingFace{}

func (h HuggingFace) target() string { return "hf:" + h.Path }

// attributes is the file that says what git keeps outside, with Git LFS.
const attributes = ".gitattributes"

// Plan implements [release.Target].
func (h HuggingFace) Plan(f *release.Folder) []string {
	return []string{
		fmt.Sprintf("write %s into %s: the card as %s, the model, the report and the statements", human.Count(len(all(f)), "file"), h.Path, release.CardFile),
		fmt.Sprintf("have Git LFS keep the model (%s)", attributes),
	}
}

// Publish implements [release.Target].
func (h HuggingFace) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	r := release.Receipt{Target: h.target(), Reference: h.Path, Done: []string{}}
	err := h.publish(ctx, f, &r)
	return r, failed(h.target(), err)
}

func (h HuggingFace) publish(ctx context.Context, f *release.Folder, r *release.Receipt) error {
	large, _, err := modelOf(f)
	if err != nil {
		return err
	}
	names := all(f)
	rules, missing, err := h.rules(large)
	if err != nil {
		return err
	}
	same, err := holds(h.Path, f, names)
	if err != nil {
		return err
	}
	if same && !missing {
		r.Unchanged = true
		return nil
	}
	old := h.earlier()
	if err := os.MkdirAll(h.Path, 0o755); err != nil {
		return osfile.Cause(err)
	}
	if err := h.replace(ctx, f, names, rules); err != nil {
		return err
	}
	for _, name := range old { // of an earlier release: nothing speaks of them now
		if !slices.Contains(names, name) {
			if err := os.Remove(filepath.Join(h.Path, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove %s of the earlier release: %w", name, osfile.Cause(err))
			}
		}
	}
	r.Done = append(r.Done, human.Count(len(names), "file"))
	return nil
}

// replace writes all files into a hidden folder first. What follows are renames, the card last: a push in between has a model of
// which the old card speaks, and the same command finishes.
func (h HuggingFace) replace(ctx context.Context, f *release.Folder, names []string, rules string) error {
	osfile.Sweep(h.Path)
	folder, unlock, err := osfile.MakeTempFolder(filepath.Join(h.Path, "release"))
	if err != nil {
		return osfile.Cause(err)
	}
	defer unlock()
	defer func() { _ = os.RemoveAll(folder) }() // hidden, and swept another time
	for _, name := range names {
		if err := copyFile(ctx, f, name, filepath.Join(folder, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	err = writeFile(ctx, filepath.Join(folder, attributes), func(w io.Writer) error {
		_, err := io.WriteString(w, rules)
		return err
	})
	if err != nil {
		return err
	}
	order := append([]string{attributes}, slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == release.CardFile })...)
	for i, name := range append(order, release.CardFile) {
		to := filepath.Join(h.Path, filepath.FromSlash(name))
		err := makeParent(to)
		if err == nil {
			err = osfile.FilesOf(ctx).Rename(filepath.Join(folder, filepath.FromSlash(name)), to)
		}
		if err != nil && i > 0 {
			return fmt.Errorf("write %s: %w; a part of the files is new: do not push them, the same command does the rest", to, osfile.Cause(err))
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", to, osfile.Cause(err))
		}
	}
	return osfile.SyncFolder(h.Path)
}

// rules are what the file of attributes is to say, and whether it does not yet.
func (h HuggingFace) rules(large []string) (text string, missing bool, err error) {
	old, err := os.ReadFile(filepath.Join(h.Path, attributes))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("read %s: %w", filepath.Join(h.Path, attributes), osfile.Cause(err))
	}
	text = string(old)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	for _, name := range large {
		line := "*" + filepath.Ext(name) + " filter=lfs diff=lfs merge=lfs -text\n"
		if filepath.Ext(name) == "" {
			line = name + line[1:]
		}
		if !strings.Contains("\n"+text, "\n"+line) {
			text, missing = text+line, true
		}
	}
	return text, missing, nil
}

// earlier are the files of the release that was there before.
func (h HuggingFace) earlier() (names []string) {
	sums, err := os.Open(filepath.Join(h.Path, release.SumsFile))
	if err != nil {
		return nil
	}
	defer func() { _ = sums.Close() }() // nothing was written
	for lines := bufio.NewScanner(sums); lines.Scan(); {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok && filepath.IsLocal(filepath.FromSlash(name)) {
			names = append(names, name)
		}
	}
	return names
}
