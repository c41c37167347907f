package release

import (
	"fmt"
	"strings"
	"testing"
)

// Each pipeline is known by its own variables; the secrets that addresses may have are left out.
func TestCI(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"none": {nil, "{builder:https://github.com/acdeploy/acdeploy invocation: source:[]}"},
		"GitHub": {
			map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "me/net", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2",
				"GITHUB_WORKFLOW_REF": "me/net/.github/workflows/model.yml@refs/heads/main", "GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "abc", "GITHUB_TOKEN": "secret",
			},
			"{builder:https://github.com/me/net/.github/workflows/model.yml@refs/heads/main invocation:https://github.com/me/net/actions/runs/7/attempts/2 " +
				"source:[{Name: URI:git+https://github.com/me/net@refs/heads/main Digest:map[gitCommit:abc] Annotations:map[]}]}",
		},
		"GitLab": {
			map[string]string{
				"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example.org/me/net", "CI_RUNNER_ID": "3", "CI_JOB_URL": "https://gitlab.example.org/me/net/-/jobs/9",
				"CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHA": "abc", "CI_JOB_TOKEN": "secret",
			},
			"{builder:https://gitlab.example.org/me/net/-/runners/3 invocation:https://gitlab.example.org/me/net/-/jobs/9 " +
				"source:[{Name: URI:git+https://gitlab.example.org/me/net@main Digest:map[gitCommit:abc] Annotations:map[]}]}",
		},
		"Jenkins": {
			map[string]string{
				"JENKINS_URL": "https://ci.example.org/", "BUILD_URL": "https://ci.example.org/job/net/4/", "GIT_URL": "https://me:secret@git.example.org/net.git", "GIT_COMMIT": "abc",
			},
			"{builder:https://ci.example.org/ invocation:https://ci.example.org/job/net/4/ source:[{Name: URI:git+https://***@git.example.org/net.git Digest:map[gitCommit:abc] Annotations:map[]}]}",
		},
		"Jenkins without git": {map[string]string{"JENKINS_URL": "https://ci.example.org/"}, "{builder:https://ci.example.org/ invocation: source:[]}"},
	} {
		t.Run(name, func(t *testing.T) {
			got := fmt.Sprintf("%+v", ciOf(func(key string) string { return c.env[key] }))
			if got != c.want || strings.Contains(got, "secret") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
