package oci

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestBothLists fetches what was published when the registry had no list of its own, after an update that gave it one.
func TestBothLists(t *testing.T) {
	f, host := folder(t), inProcess(t, true)
	p := newProxy(t, host)
	older := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/referrers/") {
			http.NotFound(w, r)
			return true
		}
		return false
	}
	p.instead = older
	p.after = func(r *http.Response) error {
		r.Header.Del("OCI-Subject")
		return nil
	}
	receipt := publish(t, f, p.host+"/net:v1", Artifact)
	tag := "/manifests/" + strings.Replace(digestOf(receipt), ":", "-", 1)
	if len(p.requests("PUT /v2/net"+tag)) == 0 {
		t.Fatalf("the tag in the list's place is not written: %v", p.requests("PUT"))
	}
	p.instead = func(w http.ResponseWriter, r *http.Request) bool { // its own list begins empty
		if strings.Contains(r.URL.Path, "/referrers/") {
			w.Header().Set("Content-Type", "application/vnd.oci.image.index.v1+json")
			_, _ = io.WriteString(w, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)
			return true
		}
		return false
	}
	for _, ref := range []string{p.host + "/net:v1", host + "/net@" + digestOf(receipt)} {
		got, err := bring(t, ref)
		if err != nil {
			t.Fatal(err)
		}
		sameFiles(t, f.Dir, got.Folder.Dir)
	}
	if again := publish(t, f, p.host+"/net:v1", Artifact); !again.Unchanged {
		t.Errorf("%+v", again)
	}
	p.instead = func(w http.ResponseWriter, r *http.Request) bool { // neither list
		if strings.Contains(r.URL.Path, tag) {
			http.NotFound(w, r)
			return true
		}
		return older(w, r)
	}
	_, err := bring(t, p.host+"/net:v1")
	oneLine(t, err, "does not have SHA256SUMS of this release")
}
