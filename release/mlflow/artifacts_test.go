package mlflow

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// parts is a store that takes files in parts, at signed addresses of another host than the tracking server.
type parts struct {
	*httptest.Server
	mu    sync.Mutex
	sent  map[string]string
	who   []string
	fault func(http.ResponseWriter, *http.Request) bool
}

func newParts(t *testing.T) *parts {
	t.Helper()
	p := &parts{sent: map[string]string{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.fault != nil && p.fault(w, r) {
			return
		}
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sent[r.URL.Query().Get("part")] = string(body)
		p.who = append(p.who, r.Header.Get("Authorization"))
		w.Header().Set("ETag", "tag"+r.URL.Query().Get("part"))
	}))
	t.Cleanup(p.Close)
	return p
}

// offer has a tracking server offer the store, and keeps what it is asked.
func (p *parts) offer(asked *[]string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, path, ok := strings.Cut(r.URL.Path, "/mpu/")
		if !ok {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, path+" "+string(body))
		var in struct {
			Parts int `json:"num_parts"`
		}
		_ = json.Unmarshal(body, &in)
		list := []part{}
		for n := 1; n <= in.Parts; n++ {
			list = append(list, part{URL: fmt.Sprintf("%s/x?part=%d&signature=%s", p.URL, n, secret), Number: n})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"upload_id": "id", "credentials": list})
		return true
	}
}

func tenBytes() upload { return textUpload("model/a b.bin", "0123456789") }

// A large file goes in parts to where the server says. Nobody there is told who asks.
func TestParts(t *testing.T) {
	server, store := newFake(t), newParts(t)
	var asked []string
	server.before = store.offer(&asked)
	c := newClient(server.settings(t, "MLFLOW_TRACKING_TOKEN="+secret))
	r := &run{}
	r.Info.Artifacts = "mlflow-artifacts:/7/run/artifacts"
	to, reason := c.store(r)
	if reason != "" {
		t.Fatal(reason)
	}
	to.size = 4
	if err := to.put(t.Context(), tenBytes()); err != nil {
		t.Fatal(err)
	}
	if store.sent["1"] != "0123" || store.sent["2"] != "4567" || store.sent["3"] != "89" || strings.Join(store.who, "") != "" {
		t.Errorf("sent %v as %q", store.sent, store.who)
	}
	if len(asked) != 2 || !strings.HasPrefix(asked[0], `create/7/run/artifacts/model {"num_parts":3,"path":"a b.bin"}`) || !strings.Contains(asked[1], `"etag":"tag3"`) {
		t.Errorf("asked %q", asked)
	}
}

// A part that does not arrive ends the upload, and the error does not tell the address.
func TestPartFails(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request){
		"refused": status(403, "<Error><Signature>"+secret+"</Signature></Error>"), "lost": lost,
		"elsewhere": status(307, "", "Location", "https://other.example.org/?"+secret),
	} {
		t.Run(name, func(t *testing.T) {
			server, store := newFake(t), newParts(t)
			var asked []string
			server.before, store.fault = store.offer(&asked), on("/x", -1, fault)
			r := &run{}
			r.Info.Artifacts = "mlflow-artifacts:/7/run/artifacts"
			to, _ := newClient(server.settings(t)).store(r)
			to.size = 4
			err := to.put(t.Context(), tenBytes())
			if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if last := asked[len(asked)-1]; !strings.HasPrefix(last, "abort/7/run/artifacts/model") || len(server.files) > 0 {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// A server that takes no parts gets the file as a whole, and is not asked a second time.
func TestNoParts(t *testing.T) {
	server := newFake(t)
	r := &run{}
	r.Info.Artifacts = "mlflow-artifacts:/7/run/artifacts"
	to, _ := newClient(server.settings(t)).store(r)
	to.size = 4
	for range 2 {
		if err := to.put(t.Context(), tenBytes()); err != nil {
			t.Fatal(err)
		}
	}
	if server.files["7/run/artifacts/model/a b.bin"] != "0123456789" || strings.Count(strings.Join(server.asked, "\n"), "/mpu/") != 1 {
		t.Errorf("files %v, asked %q", server.files, server.asked)
	}
}

// Only the tracking server itself is sent files. Otherwise the digests are tags, there is no version, and the receipt says why.
func TestNotProxied(t *testing.T) {
	for root, why := range map[string]string{
		"s3://bucket/7":                        "the server keeps files at s3://",
		"gs://bucket":                          "gs://",
		"dbfs:/databricks":                     "dbfs://",
		"/var/mlruns":                          "a folder of its own",
		"file:///var/mlruns":                   "a folder of its own",
		"mlflow-artifacts://other.example.org": "does not take them itself",
		"https://other.example.org/files":      "does not take them itself",
	} {
		t.Run(strings.NewReplacer("/", "_", ":", "_").Replace(root), func(t *testing.T) {
			server, f := newFake(t), folder(t)
			server.root = root
			r, err := New(server.settings(t), nil).Publish(t.Context(), f)
			if err != nil || !strings.Contains(strings.Join(r.Done, "; "), "no files and no version") || !strings.Contains(strings.Join(r.Done, "; "), why) {
				t.Fatalf("%+v, %v", r, err)
			}
			if len(server.files) > 0 || len(server.versions) > 0 || server.runs[0].Tags["acdeploy.sha256.model.onnx"] == "" || server.runs[0].Status != finished {
				t.Errorf("%v", server.runs[0])
			}
		})
	}
}

// A server may give files an address of its own, as GitLab does.
func TestOwnAddress(t *testing.T) {
	server, f := newFake(t), folder(t)
	server.root = server.URL + prefix + "/api/2.0" + artifactsPath + "/7"
	checkPublished(t, server, server.settings(t), f)
	if len(server.files) != len(f.Files)+5 {
		t.Errorf("%d files", len(server.files))
	}
}

// What arrived in part is noticed before anything is registered.
func TestCutFile(t *testing.T) {
	server, f := newFake(t), folder(t)
	server.after = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/model/model.onnx") {
			for name := range server.files {
				if strings.HasSuffix(name, "/model.onnx") {
					server.files[name] = server.files[name][:1000]
				}
			}
		}
		return false
	}
	_, err := New(server.settings(t), nil).Publish(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "send model/model.onnx: 1000 of ") || len(server.versions) > 0 {
		t.Errorf("got %v", err)
	}
	server.after = nil
	checkPublished(t, server, server.settings(t), f)
}
