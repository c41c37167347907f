package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

func newReleaseCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release",
		Short: "look at release folders",
	}
	cmd.AddCommand(newReleaseVerifyCmd(a))
	return cmd
}

// releaseOpener reads the release that a reference names. Done removes what was made for that, when the release is no longer needed.
type releaseOpener func(ctx context.Context, reference string) (folder *release.Folder, done func() error, err error)

// openRelease reads a release folder.
func openRelease(_ context.Context, dir string) (*release.Folder, func() error, error) {
	dir, err := expand(dir)
	if err != nil {
		return nil, nil, err
	}
	folder, err := release.Open(dir)
	return folder, func() error { return nil }, err
}

func newReleaseVerifyCmd(a *app) *cobra.Command {
	var source string
	var plainHTTP bool
	cmd := &cobra.Command{
		Use:   "verify DIR|oci://REGISTRY/NAME@DIGEST",
		Short: "check that a release is as its files state",
		Long: `Check that a release folder is as its files state: every file has the digest in SHA256SUMS, and nothing else is
there but signatures. The report is of a run that passed, of the model in the folder. The metadata of the
model say that it was made as the report says. The statements and the bill of materials say what follows from
the model and the report. Who made the folder is not asked: check its signature with the program that made it.

With --source, the network as trained, the proof is repeated: the passes that the model's metadata name make
the model of it again, number by number, and what they rewrote gives the same answers.

A release in a container registry is fetched for that, as acdeploy fetch does, and what was fetched is removed.

If anything is not as stated, the exit code is 1, and if the answers differ it is 3.`,
		Example: `  acdeploy release verify release/
  acdeploy release verify release/ --source model.onnx
  acdeploy release verify oci://registry.example.com/models/net@sha256:0f1e2d…`,
		Args: arguments(1, 1, "one release folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verifyRelease(cmd, args[0], source, a.opener(plainHTTP))
		},
	}
	cmd.Flags().Var(pathValue{&source}, "source", "the network as trained, to repeat the proof")
	a.addPlainHTTP(cmd, &plainHTTP)
	engineSettings(cmd)
	a.addProvider(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

// releaseDocument is what is known of a release folder, acdeploy.release/v1.
type releaseDocument struct {
	Schema  string          `json:"schema"`
	Release string          `json:"release"` // as it was named
	Name    string          `json:"name"`    // of the registered model; "" where the folder cannot be read
	Alias   string          `json:"alias"`   // that points to the released version; "" for none
	Digest  string          `json:"digest"`  // of SHA256SUMS; "" where the folder cannot be read
	Passed  bool            `json:"passed"`  // whether all is as stated
	Checks  []release.Check `json:"checks"`
	Proof   *reports.Verify `json:"proof"` // repeated; null without the source
}

func (a *app) verifyRelease(cmd *cobra.Command, reference, source string, open releaseOpener) error {
	a.progress.delay(time.Second)
	doc := &releaseDocument{Schema: "acdeploy.release/v1", Release: reference, Checks: []release.Check{}}
	folder, done, err := open(cmd.Context(), reference)
	if err != nil {
		doc.Checks = append(doc.Checks, release.Check{Name: "files", Detail: err.Error()})
		return errors.Join(err, a.showRelease(doc))
	}
	doc.Name, doc.Alias, doc.Digest = folder.Name, folder.Alias, folder.Digest
	doc.Checks = release.Verify(folder)
	for _, c := range doc.Checks {
		if !c.Passed {
			err = errors.Join(err, fmt.Errorf("release %s: %s: %s", reference, c.Name, c.Detail))
		}
	}
	if err == nil && source != "" {
		err = a.proveRelease(cmd, doc, folder, source)
	}
	err = errors.Join(err, done())
	doc.Passed = err == nil
	return errors.Join(err, a.showRelease(doc))
}

// proveRelease repeats the proof of a release, and adds it to the document.
func (a *app) proveRelease(cmd *cobra.Command, doc *releaseDocument, folder *release.Folder, source string) error {
	found, err := a.proof(cmd, folder, source)
	check := release.Check{Name: "proof", Passed: err == nil}
	if found != nil {
		doc.Proof, check.Detail = found.Document(), found.Describe()
	}
	if err != nil {
		if !errors.Is(err, acdeploy.ErrDiffer) && errors.Is(err, acdeploy.ErrGate) {
			err = errors.New(err.Error()) // a proof that is weaker than the release states is not as stated
		}
		check.Detail = err.Error()
		err = fmt.Errorf("release %s: proof: %w", doc.Release, err)
	}
	doc.Checks = append(doc.Checks, check)
	return err
}

// proof compares the model of a release with the one that it was made of, as acdeploy verify does, by the passes that its metadata name.
// Nothing else of the release says what is run: its configuration is somebody else's.
func (a *app) proof(cmd *cobra.Command, folder *release.Folder, source string) (*acdeploy.Verification, error) {
	stamp, err := folder.Provenance()
	if err != nil {
		return nil, err
	}
	if err := isSource(source, stamp.Source); err != nil {
		return nil, err
	}
	steps, err := release.StepsOf(stamp.Passes, a.tools.Passes)
	if err != nil {
		return nil, err
	}
	cfg, err := a.settings(cmd, "")
	if err != nil {
		return nil, err
	}
	used, _ := configs.Parse(release.ReportFile, folder.Report.Config, a.tools.Known()) // what could be read: a later version has more keys
	cfg.Model = source
	cfg.Verify.Seed, cfg.Verify.Samples, cfg.Verify.Tolerance = used.Verify.Seed, used.Verify.Samples, used.Verify.Tolerance
	if len(cfg.Bench.Shapes) == 0 {
		cfg.Bench.Shapes = used.Bench.Shapes
	}
	if len(cfg.Bench.Ranges) == 0 {
		cfg.Bench.Ranges = used.Bench.Ranges
	}
	if v := folder.Report.Verify; v != nil {
		cfg.Gates.Proof = string(v.Proof)
	}
	job, err := acdeploy.NewJob(cfg, a.tools, a.runSettings())
	if err != nil {
		return nil, err
	}
	limits := pipeline.Options{MaxRounds: used.MaxRounds, MaxRewrites: used.MaxRewrites}
	pair, err := acdeploy.OpenPair(cmd.Context(), source, filepath.Join(folder.Dir, release.ModelFile), steps, limits)
	if err != nil {
		return nil, err
	}
	found, err := job.Verify(cmd.Context(), pair, a.progress.observe)
	if err = errors.Join(err, pair.Close()); err == nil {
		err = found.Judge()
	}
	return found, err
}

// isSource refuses a model that is another one than that of which a release was made.
func isSource(path, digest string) error {
	file, err := model.Open(path)
	if err != nil {
		return err
	}
	is, err := file.Digest()
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if is.ModelSHA256 != digest {
		return fmt.Errorf("%s is not the model that it was made of: its model_sha256 is %s, not %s", path, is.ModelSHA256, digest)
	}
	return nil
}

func (a *app) showRelease(doc *releaseDocument) error {
	a.progress.clear()
	if a.asJSON {
		return a.document(doc)
	}
	for _, c := range doc.Checks {
		state := "ok"
		if !c.Passed {
			state = "fail"
		}
		a.printf("%-7s %-12s %s\n", state, c.Name, c.Detail)
	}
	return nil
}
