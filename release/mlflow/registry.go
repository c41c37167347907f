package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/acdeploy/acdeploy/release"
)

// version is a version of a registered model.
type version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Run     string `json:"run_id"`
	Status  string `json:"status"`
	Message string `json:"status_message"`
}

func (v version) String() string { return fmt.Sprintf("%s, version %s", v.Name, v.Version) }

// versionOf is the version that was registered of a run; nil where there is none.
func (c *client) versionOf(ctx context.Context, name string, r *run) (*version, error) {
	var found struct {
		Versions []version `json:"model_versions"`
	}
	err := c.get(ctx, "look for the version", "/mlflow/model-versions/search",
		url.Values{"filter": {fmt.Sprintf("run_id = '%s'", r.Info.ID)}, "max_results": {"100"}}, &found)
	if is(err, codeAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, v := range found.Versions {
		if v.Name == name && v.Run == r.Info.ID {
			return &v, nil
		}
	}
	return nil, nil
}

// register makes a version of the model of a run, and the registered model where there is none. What may have been made is looked
// for before it is made once more.
func (c *client) register(ctx context.Context, f *release.Folder, r *run) (*version, error) {
	err := c.post(ctx, fmt.Sprintf("register model %q", f.Name), "/mlflow/registered-models/create", map[string]string{"name": f.Name}, nil)
	if err != nil && !is(err, codeExists) {
		return nil, err
	}
	in := map[string]any{
		"name": f.Name, "source": r.Info.Artifacts + "/" + modelFolder, "run_id": r.Info.ID, "tags": []pair{{tagDigest, f.Digest}},
	}
	if said := f.Report.Concluded(); said != nil {
		in["description"] = said.Headline
	}
	what := fmt.Sprintf("register a version of %q", f.Name)
	for try := 0; ; try++ {
		var made struct {
			Version version `json:"model_version"`
		}
		err := c.postOnce(ctx, what, "/mlflow/model-versions/create", in, &made)
		switch {
		case err == nil && made.Version.Version == "":
			return nil, c.unreadable(request{what: what}, nil)
		case err == nil:
			return c.ready(ctx, made.Version)
		case try == c.settings.retries || !mayBeDone(err):
			return nil, err
		}
		if err := c.settings.Sleep(ctx, firstWait<<try); err != nil {
			return nil, err
		}
		if found, err := c.versionOf(ctx, f.Name, r); found != nil || err != nil {
			return found, err
		}
	}
}

const (
	versionReady  = "READY"
	versionFailed = "FAILED_REGISTRATION"
	mostPolls     = 60
)

// ready waits until a version can be loaded. A server that tells no status has none that matters.
func (c *client) ready(ctx context.Context, v version) (*version, error) {
	for range mostPolls {
		switch v.Status {
		case versionReady, "":
			return &v, nil
		case versionFailed:
			return nil, fmt.Errorf("register %s: the server could not: %s", v, c.settings.public(v.Message))
		}
		if err := c.settings.Sleep(ctx, time.Second); err != nil {
			return nil, err
		}
		var found struct {
			Version version `json:"model_version"`
		}
		if err := c.get(ctx, "wait for "+v.String(), "/mlflow/model-versions/get", url.Values{"name": {v.Name}, "version": {v.Version}}, &found); err != nil {
			return nil, err
		}
		v = found.Version
	}
	return nil, fmt.Errorf("register %s: it is not ready after a minute (%s)", v, v.Status)
}

// aliased is the version that an alias points to; "" where there is none.
func (c *client) aliased(ctx context.Context, name, alias string) (string, error) {
	var found struct {
		Model struct {
			Aliases []struct {
				Alias   string `json:"alias"`
				Version any    `json:"version"` // a number, or one in quotes
			} `json:"aliases"`
		} `json:"registered_model"`
	}
	if err := c.get(ctx, fmt.Sprintf("read alias %q", alias), "/mlflow/registered-models/get", url.Values{"name": {name}}, &found); err != nil {
		return "", err
	}
	for _, a := range found.Model.Aliases {
		if a.Alias == alias {
			return fmt.Sprint(a.Version), nil
		}
	}
	return "", nil
}

// errMoved says that another run has the alias.
var errMoved = errors.New("the alias was moved by another run")

// point has an alias point to a version. It never goes back to an older one: another run that was faster has the alias then.
func (c *client) point(ctx context.Context, v version, alias string) error {
	at, err := c.aliased(ctx, v.Name, alias)
	switch {
	case err != nil:
		return err
	case at == v.Version:
		return nil
	case newer(at, v.Version):
		return fmt.Errorf("%w: %s of %s points to version %s, which is newer than this release's version %s", errMoved, alias, v.Name, at, v.Version)
	}
	what := fmt.Sprintf("point alias %q to %s", alias, v)
	err = c.post(ctx, what, "/mlflow/registered-models/alias", map[string]string{"name": v.Name, "alias": alias, "version": v.Version}, nil)
	if err != nil {
		return err
	}
	if at, err = c.aliased(ctx, v.Name, alias); err == nil && at != v.Version {
		return fmt.Errorf("%w: %s of %s points to version %s by now", errMoved, alias, v.Name, at)
	}
	return err
}

// newer reports whether a version is newer than another.
func newer(a, b string) bool {
	x, err := strconv.Atoi(a)
	y, other := strconv.Atoi(b)
	return err == nil && other == nil && x > y
}
