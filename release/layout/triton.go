package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// Triton is a model repository of Triton Inference Server.
type Triton struct {
	Path string // of the repository's folder
}

var _ release.Target = Triton{}

func (t Triton) target() string { return "triton:" + t.Path }

const configFile = "config.pbtxt"

// Plan implements [release.Target].
func (t Triton) Plan(f *release.Folder) []string {
	name, err := folderName(f)
	if err != nil {
		return []string{"nothing: " + err.Error()}
	}
	model := filepath.Join(t.Path, name)
	return []string{
		fmt.Sprintf("write the model as the next free version of %s", model),
		fmt.Sprintf("write %s, unless it is there", filepath.Join(model, configFile)),
	}
}

// Publish implements [release.Target].
func (t Triton) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	r := release.Receipt{Target: t.target(), Done: []string{}}
	err := t.publish(ctx, f, &r)
	return r, failed(t.target(), err)
}

// plainName is a name that is a folder everywhere.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// folderName is the name of the folder of the model, by which Triton knows it.
func folderName(f *release.Folder) (string, error) {
	name, err := registered(f)
	if err == nil && !plainName.MatchString(name) {
		err = fmt.Errorf("the name %q is no name of a folder: letters, digits, dots, dashes and underscores are", name)
	}
	return name, err
}

func (t Triton) publish(ctx context.Context, f *release.Folder, r *release.Receipt) error {
	name, err := folderName(f)
	if err != nil {
		return err
	}
	files, signature, err := modelOf(f)
	if err != nil {
		return err
	}
	config, notes, err := tritonConfig(name, signature, f.Report)
	if err != nil {
		return err
	}
	model := filepath.Join(t.Path, name)
	for range 100 { // others may publish at the same time
		versions, err := versionsIn(model)
		if err != nil {
			return err
		}
		if at, err := t.find(model, versions, f, files); at != "" || err != nil {
			r.Reference, r.Unchanged = at, true
			return err
		}
		at, err := t.write(ctx, f, model, next(versions), files, config)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			r.Reference, r.Done = at, append(append(r.Done, "version "+filepath.Base(at)), notes...)
		}
		return err
	}
	return fmt.Errorf("others write versions of %s all the time", model)
}

// versionsIn are the versions of a model, by number.
func versionsIn(model string) ([]int64, error) {
	names, err := entries(model)
	var list []int64
	for _, name := range names {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && n > 0 && name[0] != '0' {
			list = append(list, n)
		}
	}
	return list, err
}

// next is the version after all others: Triton takes the greatest for the newest.
func next(versions []int64) int64 {
	last := int64(0)
	for _, n := range versions {
		last = max(last, n)
	}
	return last + 1
}

// find is the folder of the version that holds the model already; "" where there is none.
func (t Triton) find(model string, versions []int64, f *release.Folder, files []string) (string, error) {
	for _, n := range versions {
		at := filepath.Join(model, strconv.FormatInt(n, 10))
		if same, err := holds(at, f, files); same || err != nil {
			return at, err
		}
	}
	return "", nil
}

// write puts a version there. A new model appears with its configuration; that of a model which is there already stays as it is.
func (t Triton) write(ctx context.Context, f *release.Folder, model string, n int64, files []string, config string) (at string, err error) {
	if n == math.MaxInt64 {
		return "", errors.New("there is no greater version than " + strconv.FormatInt(n-1, 10))
	}
	at = filepath.Join(model, strconv.FormatInt(n, 10))
	fill := func(folder string) error {
		for _, name := range files {
			if err := copyFile(ctx, f, name, filepath.Join(folder, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
		return nil
	}
	path := filepath.Join(model, configFile)
	_, missing := os.Lstat(model)
	if errors.Is(missing, fs.ErrNotExist) {
		if err := makeParent(model); err != nil {
			return "", err
		}
		return at, aside(ctx, model, func(folder string) error {
			inner := filepath.Join(folder, strconv.FormatInt(n, 10))
			if err := os.Mkdir(inner, 0o755); err != nil {
				return osfile.Cause(err)
			}
			if err := fill(inner); err != nil {
				return err
			}
			return writeFile(ctx, filepath.Join(folder, configFile), text(config))
		})
	}
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := osfile.FilesOf(ctx).Replace(path, text(config)); err != nil {
			return "", fmt.Errorf("write %s: %w", path, osfile.Cause(err))
		}
	case err != nil:
		return "", fmt.Errorf("read %s: %w", path, osfile.Cause(err))
	default:
		if err := fits(string(old), config); err != nil {
			return "", fmt.Errorf("%s %w", path, err)
		}
	}
	return at, aside(ctx, at, fill)
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// fits is an error if a configuration that is there speaks of other inputs and outputs than the model has. What else somebody
// changed in it is theirs to know. One that names no inputs is completed by Triton.
func fits(old, config string) error {
	have, want := squeeze(old), squeeze(config)
	if !strings.Contains(have, "input[") && !strings.Contains(have, "input{") {
		return nil
	}
	for _, part := range []string{"input", "output"} {
		begin := strings.Index(want, part+"[")
		end := begin + strings.Index(want[begin:], "}]") + len("}]")
		if !strings.Contains(have, want[begin:end]) {
			return fmt.Errorf("speaks of another %s than this model has; give the model another name, or remove the file and the versions that it fits", part)
		}
	}
	return nil
}

var comment = regexp.MustCompile(`(?m)#.*$`)

// squeeze is a configuration without comments and blanks.
func squeeze(config string) string {
	return strings.Join(strings.Fields(comment.ReplaceAllString(config, "")), "")
}
