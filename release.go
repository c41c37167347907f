package acdeploy

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

// stamp writes into a fused model that is to be released where it comes from. It does so before the model is written, so that the
// file that is verified and measured is the one that ships.
func (j *Job) stamp(f *Fused) error {
	if j.cfg.Release == "" {
		return nil
	}
	config, err := json.Marshal(j.cfg)
	if err != nil {
		return err
	}
	made := release.Provenance{}
	made.Version, _ = host.Build()
	if made.Passes, err = release.PassesOf(j.steps, j.tools.Passes); err != nil {
		return err
	}
	if made.Config, err = release.ConfigDigest(config); err != nil {
		return err
	}
	source, err := f.source.Digest()
	if err != nil {
		return err
	}
	made.Source = source.ModelSHA256
	release.Stamp(f.model, made)
	return nil
}

// releasable refuses a release folder that could not be written in the end.
func (j *Job) releasable() error {
	switch at := j.cfg.Release; {
	case at == "":
		return nil
	case sameFolder(at, j.cfg.Report) || sameFolder(at, filepath.Dir(j.output)):
		return outcomef(ErrUsage, "release: %s is the folder of the report or of the fused model; a release needs one of its own", at)
	default:
		if err := release.Replaceable(at); err != nil {
			return fmt.Errorf("write release folder %s: %w", at, err)
		}
	}
	return nil
}

func sameFolder(a, b string) bool {
	one, failed := filepath.Abs(a)
	other, err := filepath.Abs(b)
	return failed == nil && err == nil && one == other
}

// release writes the release folder of a run that passed.
func (j *Job) release(ctx context.Context, doc *reports.Report, observe Observer) error {
	if j.cfg.Release == "" {
		return nil
	}
	f, err := release.Write(ctx, j.cfg.Release, release.Contents{Model: j.output, Report: doc})
	if err != nil {
		return err
	}
	observe.end(StageReport, "release "+f.Dir+", "+f.Digest[:12])
	return nil
}
