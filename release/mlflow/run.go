package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/acdeploy/acdeploy/release"
)

// The states of a run.
const (
	running  = "RUNNING"
	finished = "FINISHED"
	failed   = "FAILED"
	killed   = "KILLED"
)

// run is a run on the server.
type run struct {
	Info struct {
		ID         string `json:"run_id"`
		Experiment string `json:"experiment_id"`
		Status     string `json:"status"`
		Artifacts  string `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Tags []pair `json:"tags"`
	} `json:"data"`
}

func (r *run) tag(key string) string {
	for _, t := range r.Data.Tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}

// complete reports whether everything of the run was delivered.
func (r *run) complete() bool { return r.tag(tagComplete) == "true" }

// experiment is the identifier of the experiment, which is made where there is none.
func (c *client) experiment(ctx context.Context) (string, error) {
	name := c.settings.experiment
	what := fmt.Sprintf("open experiment %q", name)
	for range 2 {
		var found struct {
			Experiment struct {
				ID    string `json:"experiment_id"`
				Stage string `json:"lifecycle_stage"`
			} `json:"experiment"`
		}
		err := c.get(ctx, what, "/mlflow/experiments/get-by-name", url.Values{"experiment_name": {name}}, &found)
		switch {
		case err == nil && found.Experiment.Stage == "deleted":
			return "", fmt.Errorf("%s: it was deleted; restore it, or name another one in MLFLOW_EXPERIMENT_NAME", what)
		case err == nil && found.Experiment.ID == "":
			return "", c.unreadable(request{what: what}, nil)
		case err == nil:
			return found.Experiment.ID, nil
		case !is(err, codeAbsent):
			return "", err
		}
		var made struct {
			ID string `json:"experiment_id"`
		}
		err = c.post(ctx, fmt.Sprintf("create experiment %q", name), "/mlflow/experiments/create", map[string]string{"name": name}, &made)
		if err == nil && made.ID != "" {
			return made.ID, nil
		}
		if !is(err, codeExists) { // somebody else has just made it
			return "", err
		}
	}
	return "", fmt.Errorf("%s: it is neither there nor can it be made", what)
}

// find is the run of a folder; nil where there is none.
func (c *client) find(ctx context.Context, experiment, digest string) (*run, error) {
	var found struct {
		Runs []*run `json:"runs"`
	}
	err := c.post(ctx, "look for the run", "/mlflow/runs/search", map[string]any{
		"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", tagDigest, digest), "max_results": 10,
	}, &found)
	if err != nil {
		return nil, err
	}
	var best *run
	for _, r := range found.Runs {
		if r.tag(tagDigest) == digest && (best == nil || r.complete() && !best.complete()) {
			best = r
		}
	}
	return best, nil
}

// create makes a run that is found again by the digest of its folder. What may have been made is looked for before it is made
// once more.
func (c *client) create(ctx context.Context, experiment string, f *release.Folder) (*run, error) {
	start, _ := times(f.Report)
	in := map[string]any{
		"experiment_id": experiment, "run_name": runName(f), "start_time": start, "tags": []pair{{tagDigest, f.Digest}},
	}
	for try := 0; ; try++ {
		var made struct {
			Run *run `json:"run"`
		}
		err := c.postOnce(ctx, "create the run", "/mlflow/runs/create", in, &made)
		switch {
		case err == nil && (made.Run == nil || made.Run.Info.ID == ""):
			return nil, c.unreadable(request{what: "create the run"}, nil)
		case err == nil:
			return made.Run, nil
		case try == c.settings.retries || !mayBeDone(err):
			return nil, err
		}
		if err := c.settings.Sleep(ctx, firstWait<<try); err != nil {
			return nil, err
		}
		if found, err := c.find(ctx, experiment, f.Digest); found != nil || err != nil {
			return found, err
		}
	}
}

// mayBeDone reports whether a request that failed may have been carried out, or may be another time.
func mayBeDone(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.passes(false)
}

// runName tells runs apart for people.
func runName(f *release.Folder) string {
	name := f.Name
	if name == "" {
		name = "acdeploy"
	}
	return name + " " + f.Digest[:min(len(f.Digest), 12)]
}

// open is the run that the folder is delivered into: the one that the user names, that of an earlier try, or a new one.
func (c *client) open(ctx context.Context, f *release.Folder) (*run, error) {
	if c.settings.run != "" {
		var found struct {
			Run *run `json:"run"`
		}
		err := c.get(ctx, "read the run of MLFLOW_RUN_ID", "/mlflow/runs/get", url.Values{"run_id": {c.settings.run}}, &found)
		if err == nil && (found.Run == nil || found.Run.Info.ID == "") {
			err = c.unreadable(request{what: "read the run of MLFLOW_RUN_ID"}, nil)
		}
		if err != nil {
			return nil, err
		}
		if other := found.Run.tag(tagDigest); other != "" && other != f.Digest {
			return nil, fmt.Errorf("the run of MLFLOW_RUN_ID holds another release (digest %s); name another run, or none", other)
		}
		return found.Run, nil
	}
	experiment, err := c.experiment(ctx)
	if err != nil {
		return nil, err
	}
	if found, err := c.find(ctx, experiment, f.Digest); found != nil || err != nil {
		return found, err
	}
	return c.create(ctx, experiment, f)
}

// log sends a record. Numbers that are there already are not sent again: not every server knows that they are the same.
func (c *client) log(ctx context.Context, r *run, rec *record) error {
	if r.tag(tagReport) != "" {
		return nil
	}
	for _, b := range rec.batches(r.Info.ID) {
		if err := c.post(ctx, "log the numbers of the run", "/mlflow/runs/log-batch", b, nil); err != nil {
			return err
		}
	}
	return c.setTag(ctx, r, tagReport, fmt.Sprint(len(rec.metrics)))
}

func (c *client) setTag(ctx context.Context, r *run, key, value string) error {
	return c.post(ctx, "tag the run", "/mlflow/runs/set-tag", map[string]string{"run_id": r.Info.ID, "key": key, "value": value}, nil)
}

// end closes a run.
func (c *client) end(ctx context.Context, r *run, status string, at int64) error {
	return c.post(ctx, "end the run", "/mlflow/runs/update", map[string]any{"run_id": r.Info.ID, "status": status, "end_time": at}, nil)
}

// goOn tells that a run of an earlier try goes on.
func (c *client) goOn(ctx context.Context, r *run) error {
	if r.Info.Status == running {
		return nil
	}
	return c.post(ctx, "continue the run", "/mlflow/runs/update", map[string]any{"run_id": r.Info.ID, "status": running}, nil)
}

// giveUpWithin is how long telling the server of a failure may take.
const giveUpWithin = 10 * time.Second

// giveUp marks a run that could not be delivered, if the server can still be told. The caller's time may be over.
func (c *client) giveUp(ctx context.Context, r *run, at int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpWithin)
	defer cancel()
	patient := c.settings.retries
	c.settings.retries = 0
	_ = c.end(ctx, r, killed, at) // the error that led here is told
	c.settings.retries = patient
}
