// Package mlflow publishes a release folder to an MLflow tracking server, over plain HTTP.
//
//	experiment ─▶ run ─▶ params, metrics, tags
//	               │
//	               ├──▶ model/           the release folder, and what makes MLflow load it
//	               │        │
//	               │     version         of the registered model, once all files have arrived
//	               │        │
//	               │      alias          if every gate passed
//	               ▼
//	            FINISHED
//
// A run is found again by a tag with the digest of the folder. What an earlier try left is gone on with, and what is complete is
// left as it is. So a version exists only of files that are all there.
package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/release"
)

// Target is an MLflow server.
type Target struct {
	settings Settings
	told     func(note string) // how far it is
}

// New is the server of the settings. Told hears what is going on; nil for nobody.
func New(s Settings, told func(note string)) *Target {
	if told == nil {
		told = func(string) {}
	}
	return &Target{s, told}
}

// name is what the target is called.
const name = "mlflow"

// where is the server, for people.
func (t *Target) where() string { return human.Printable(t.settings.base.String()) }

// registers reports whether a folder is to become a version: it holds a model that may ship, and has a name.
func registers(f *release.Folder) bool { return f.Passed() && f.Name != "" && holdsModel(f) }

func holdsModel(f *release.Folder) bool {
	return slices.ContainsFunc(f.Files, func(file release.File) bool { return file.Name == release.ModelFile })
}

// Plan implements [release.Target].
func (t *Target) Plan(f *release.Folder) []string {
	who := "as nobody in particular"
	if t.settings.who != "" {
		who = "with " + t.settings.who
	}
	into := fmt.Sprintf("log a run into experiment %q", t.settings.experiment)
	if t.settings.run != "" {
		into = "log into the run of MLFLOW_RUN_ID"
	}
	lines := []string{fmt.Sprintf("%s at %s, %s", into, t.where(), who)}
	r := newRecord(f)
	lines = append(lines, fmt.Sprintf("log %s, %s and %s", human.Count(len(r.params), "parameter"), human.Count(len(r.metrics), "number"), human.Count(len(r.tags), "tag")))
	lines = append(lines, fmt.Sprintf("send %s", human.Count(len(f.Files), "file")))
	switch {
	case registers(f) && f.Alias != "":
		lines = append(lines, fmt.Sprintf("register a version of %q, and point alias %q to it", f.Name, f.Alias))
	case registers(f):
		lines = append(lines, fmt.Sprintf("register a version of %q", f.Name))
	default:
		lines = append(lines, "register no version: "+whyNot(f))
	}
	return lines
}

// whyNot says why a folder becomes no version.
func whyNot(f *release.Folder) string {
	switch {
	case !f.Passed():
		return "the run did not pass"
	case !holdsModel(f):
		return "there is no model in it"
	}
	return "the release has no name; release_name in the configuration gives it one"
}

// Publish implements [release.Target].
func (t *Target) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	p := &publication{client: newClient(t.settings), folder: f, told: t.told, receipt: release.Receipt{Target: name, Done: []string{}}}
	if err := p.publish(ctx); err != nil {
		return p.receipt, fmt.Errorf("publish to mlflow at %s: %w", t.where(), p.unfinished(err))
	}
	return p.receipt, nil
}

// publication is one delivery.
type publication struct {
	*client
	folder  *release.Folder
	told    func(string)
	run     *run
	version *version
	receipt release.Receipt
}

func (p *publication) done(format string, args ...any) {
	p.receipt.Done = append(p.receipt.Done, fmt.Sprintf(format, args...))
}

// unfinished adds to an error what is there already, and how to finish.
func (p *publication) unfinished(err error) error {
	switch {
	case errors.Is(err, errMoved), p.run == nil:
		return err
	case p.version != nil:
		return fmt.Errorf("%w; %s is registered, and the same command does the rest", err, p.version)
	}
	return fmt.Errorf("%w; run %s is there without a version, and the same command goes on with it", err, p.run.Info.ID)
}

func (p *publication) publish(ctx context.Context) error {
	p.told("look for the release")
	run, err := p.open(ctx, p.folder)
	if err != nil {
		return err
	}
	p.run, p.receipt.Reference = run, "runs:/"+run.Info.ID
	if run.complete() {
		return p.again(ctx)
	}
	_, end := times(p.folder.Report)
	err = p.deliver(ctx, end)
	if err != nil && !errors.Is(err, errMoved) {
		p.giveUp(ctx, run, end)
	}
	return err
}

// again is the second time of a folder. It says where the release is, and changes nothing.
func (p *publication) again(ctx context.Context) error {
	p.receipt.Unchanged = true
	if !registers(p.folder) {
		return nil
	}
	v, err := p.versionOf(ctx, p.folder.Name, p.run)
	if err != nil || v == nil {
		return err
	}
	p.version, p.receipt.Reference = v, reference(v)
	if p.folder.Alias == "" {
		return nil
	}
	at, err := p.aliased(ctx, p.folder.Name, p.folder.Alias)
	if err == nil && at != v.Version {
		p.done("alias %s has been moved to %s since; it is left there", p.folder.Alias, orNothing(at))
	}
	return err
}

func reference(v *version) string { return fmt.Sprintf("models:/%s/%s", v.Name, v.Version) }

func orNothing(version string) string {
	if version == "" {
		return "nothing"
	}
	return "version " + version
}

// deliver does what is missing, the alias last of what others see.
func (p *publication) deliver(ctx context.Context, end int64) error {
	if err := p.goOn(ctx, p.run); err != nil {
		return err
	}
	p.told("log the numbers")
	rec := newRecord(p.folder)
	if err := p.log(ctx, p.run, rec); err != nil {
		return err
	}
	p.done("run %s: %s, %s", p.run.Info.ID, human.Count(len(rec.params), "parameter"), human.Count(len(rec.metrics), "number"))
	sent, err := p.sendFiles(ctx)
	if err != nil {
		return err
	}
	var moved error
	switch {
	case sent && registers(p.folder):
		moved = p.promote(ctx)
	case sent:
		p.done("no version: %s", whyNot(p.folder))
	}
	if moved != nil && !errors.Is(moved, errMoved) {
		return moved
	}
	if err := p.setTag(ctx, p.run, tagComplete, "true"); err != nil {
		return err
	}
	status := finished
	if !p.folder.Passed() {
		status = failed
	}
	return errors.Join(moved, p.end(ctx, p.run, status, end))
}

// promote registers a version, unless an earlier try did, and moves the alias.
func (p *publication) promote(ctx context.Context) (err error) {
	p.told("register the version")
	if p.version, err = p.versionOf(ctx, p.folder.Name, p.run); err == nil && p.version == nil {
		p.version, err = p.register(ctx, p.folder, p.run)
	}
	if err != nil {
		return err
	}
	p.receipt.Reference = reference(p.version)
	p.done("%s", p.version)
	if p.folder.Alias == "" {
		return nil
	}
	if err := p.point(ctx, *p.version, p.folder.Alias); err != nil {
		return err
	}
	p.done("alias %s points to it", p.folder.Alias)
	return nil
}

// sendFiles sends the folder, with what makes MLflow load it. Where the server takes no files, it says so.
func (p *publication) sendFiles(ctx context.Context) (sent bool, err error) {
	to, reason := p.store(p.run)
	if reason != "" {
		p.done("no files and no version: %s; the digests are tags of the run", reason)
		for _, f := range p.folder.Files {
			if err := p.setTag(ctx, p.run, "acdeploy.sha256."+clean(f.Name), f.SHA256); err != nil {
				return false, err
			}
		}
		return false, nil
	}
	files, err := p.files()
	if err != nil {
		return false, err
	}
	bytes, folder := int64(0), ""
	for i, u := range files {
		p.told(fmt.Sprintf("send %s, %d of %d", u.path, i+1, len(files)))
		if err := to.put(ctx, u); err != nil {
			return false, err
		}
		bytes += u.size
		folder, _ = filepath.Split(u.path)
	}
	if err := p.check(ctx, p.run, strings.Trim(folder, "/"), files); err != nil {
		return false, err
	}
	p.done("%s, %s", human.Count(len(files), "file"), human.Bytes(bytes))
	return true, nil
}

// files are those of the folder. A folder with a model goes under one name in the run, with the files of MLflow and the signatures
// beside it.
func (p *publication) files() ([]upload, error) {
	f := p.folder
	folder, texts := "", map[string]string{}
	if holdsModel(f) {
		m, err := model.Open(filepath.Join(f.Dir, release.ModelFile))
		if err != nil {
			return nil, err
		}
		signature := m.Signature()
		if err := m.Close(); err != nil {
			return nil, err
		}
		folder, texts = modelFolder+"/", flavorFiles(f, p.run.Info.ID, signature)
	}
	var list []upload
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		list = append(list, textUpload(folder+name, texts[name]))
	}
	for _, file := range f.Files {
		list = append(list, fileUpload(folder+file.Name, filepath.Join(f.Dir, filepath.FromSlash(file.Name)), file.Bytes))
	}
	if !holdsModel(f) {
		return list, nil
	}
	for _, name := range append(f.Signatures(), release.SumsFile) { // which the sums do not list
		path := filepath.Join(f.Dir, name)
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, osfile.Cause(err))
		}
		list = append(list, fileUpload(folder+name, path, info.Size()))
	}
	return list, nil
}

func textUpload(path, text string) upload {
	return upload{path, int64(len(text)), func(from, size int64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text[from : from+size])), nil
	}}
}

func fileUpload(path, file string, size int64) upload {
	return upload{path, size, func(from, size int64) (io.ReadCloser, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(f, from, size), f}, nil
	}}
}
