package release

import (
	"cmp"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

// localBuilder is the builder where no pipeline is known: the program itself, on somebody's machine.
const localBuilder = "https://github.com/acdeploy/acdeploy"

// ci is the pipeline in which a release is made.
type ci struct {
	builder    string     // names who built it
	invocation string     // the job; "" where that is not known
	source     []resource // the commit that was checked out; none where that is not known
}

// ciOf reads the variables that pipelines set. An address in them is taken without the secrets that it may have.
func ciOf(env func(string) string) ci {
	get := func(key string) string { return human.WithoutSecrets(env(key)) }
	switch {
	case env("GITHUB_ACTIONS") == "true":
		repository := get("GITHUB_SERVER_URL") + "/" + get("GITHUB_REPOSITORY")
		return ci{
			builder:    get("GITHUB_SERVER_URL") + "/" + get("GITHUB_WORKFLOW_REF"),
			invocation: repository + "/actions/runs/" + get("GITHUB_RUN_ID") + "/attempts/" + cmp.Or(get("GITHUB_RUN_ATTEMPT"), "1"),
			source:     commit(repository, get("GITHUB_REF"), get("GITHUB_SHA")),
		}
	case env("GITLAB_CI") == "true":
		return ci{
			builder:    get("CI_PROJECT_URL") + "/-/runners/" + get("CI_RUNNER_ID"),
			invocation: get("CI_JOB_URL"),
			source:     commit(get("CI_PROJECT_URL"), get("CI_COMMIT_REF_NAME"), get("CI_COMMIT_SHA")),
		}
	case env("JENKINS_URL") != "":
		return ci{
			builder:    get("JENKINS_URL"),
			invocation: get("BUILD_URL"),
			source:     commit(get("GIT_URL"), get("GIT_BRANCH"), get("GIT_COMMIT")),
		}
	}
	return ci{builder: localBuilder}
}

// commit is a revision of a repository.
func commit(repository, ref, revision string) []resource {
	if repository == "" || revision == "" {
		return nil
	}
	uri := repository
	if strings.Contains(uri, "://") {
		uri = "git+" + uri
	}
	if ref != "" {
		uri += "@" + ref
	}
	return []resource{{URI: uri, Digest: map[string]string{kindCommit: revision}}}
}
