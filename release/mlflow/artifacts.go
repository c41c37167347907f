package mlflow

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

// Parts of an upload in several are this large, and a file of one part is sent as a whole. The stores take parts of 5 MiB to 5 GiB.
const (
	partBytes = 64 << 20
	mostParts = 10_000
)

const artifactsPath = "/mlflow-artifacts/artifacts"

// upload is a file to be sent.
type upload struct {
	path string // in the run
	size int64
	open func(from, size int64) (io.ReadCloser, error) // a part of it
}

// store is where the files of a run go.
type store struct {
	client *client
	base   string // address of the folder of the run
	parts  string // path of that folder for uploads in parts; "" where there are none
	whole  bool   // the server has said that it takes no parts
	size   int64  // of a part
}

// store tells where the files of a run go. Only the tracking server itself is given files, since only it is to know who asks. Reason
// says why the files go nowhere, and is "" if they do.
func (c *client) store(r *run) (s *store, reason string) {
	at, err := url.Parse(r.Info.Artifacts)
	if err != nil || r.Info.Artifacts == "" {
		return nil, "the server does not tell where files of the run go"
	}
	here := at.Host == "" || strings.EqualFold(at.Host, c.settings.base.Host)
	folder := strings.Trim(at.EscapedPath(), "/")
	switch {
	case at.Scheme == "mlflow-artifacts" && here:
		return &store{client: c, base: c.api(artifactsPath + "/" + folder), parts: folder, size: partBytes}, ""
	case at.Scheme == c.settings.base.Scheme && here && at.Host != "":
		return &store{client: c, base: strings.TrimRight(at.Scheme+"://"+at.Host+at.EscapedPath(), "/")}, ""
	case at.Scheme == "" || at.Scheme == "file":
		return nil, "the server keeps files in a folder of its own, and does not take them over the network (mlflow server --serve-artifacts)"
	}
	return nil, fmt.Sprintf("the server keeps files at %s://, and does not take them itself (mlflow server --serve-artifacts)", at.Scheme)
}

// put sends a file: in parts if it is large and the server takes parts, else as a whole.
func (s *store) put(ctx context.Context, u upload) error {
	if u.size > s.size && s.parts != "" && !s.whole {
		sent, err := s.putParts(ctx, u)
		if sent || err != nil {
			return err
		}
		s.whole = true
	}
	_, _, err := s.client.do(ctx, request{
		what: s.what(u), method: http.MethodPut, address: s.base + "/" + escape(u.path), kind: "application/octet-stream", size: u.size,
		body: func() (io.ReadCloser, error) { return u.open(0, u.size) },
	})
	return err
}

func (s *store) what(u upload) string {
	return fmt.Sprintf("send %s (%s)", u.path, human.Bytes(u.size))
}

// escape escapes the parts of a path.
func escape(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// part is a signed address to which a part of a file goes.
type part struct {
	URL    string            `json:"url"`
	Number int               `json:"part_number"`
	Header map[string]string `json:"headers"`
}

// sentPart is a part that arrived.
type sentPart struct {
	Number int    `json:"part_number"`
	ETag   string `json:"etag"`
	URL    string `json:"url"`
}

// putParts sends a file in parts. It has not sent it if the server takes no parts.
func (s *store) putParts(ctx context.Context, u upload) (sent bool, err error) {
	size := max(s.size, (u.size+mostParts-1)/mostParts)
	count := int((u.size + size - 1) / size)
	folder, name := path.Split(u.path)
	at := strings.Trim(s.parts+"/"+escape(folder), "/")
	var made struct {
		ID    string `json:"upload_id"`
		Parts []part `json:"credentials"`
	}
	err = s.client.post(ctx, s.what(u), "/mlflow-artifacts/mpu/create/"+at, map[string]any{"path": name, "num_parts": count}, &made)
	if answers(err, http.StatusNotImplemented, http.StatusNotFound, http.StatusMethodNotAllowed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	done, err := s.sendParts(ctx, u, made.Parts, size, count)
	if err == nil {
		err = s.client.post(ctx, s.what(u), "/mlflow-artifacts/mpu/complete/"+at, map[string]any{"path": name, "upload_id": made.ID, "parts": done}, nil)
	}
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpWithin)
		defer cancel()
		_ = s.client.postOnce(late, s.what(u), "/mlflow-artifacts/mpu/abort/"+at, map[string]any{"path": name, "upload_id": made.ID}, nil) // the error that led here is told
		return false, err
	}
	return true, nil
}

func (s *store) sendParts(ctx context.Context, u upload, to []part, size int64, count int) ([]sentPart, error) {
	if len(to) != count {
		return nil, fmt.Errorf("%s: the server gave %s for %d", s.what(u), human.Count(len(to), "address"), count)
	}
	var done []sentPart
	for _, p := range to {
		from := int64(p.Number-1) * size
		if p.Number < 1 || p.Number > count {
			return nil, fmt.Errorf("%s: the server numbers a part %d of %d", s.what(u), p.Number, count)
		}
		length := min(size, u.size-from)
		_, header, err := s.client.do(ctx, request{
			what: s.what(u), method: http.MethodPut, address: p.URL, header: p.Header, size: length, signed: true,
			body: func() (io.ReadCloser, error) { return u.open(from, length) },
		})
		if err != nil {
			return nil, err
		}
		done = append(done, sentPart{p.Number, header.Get("ETag"), p.URL})
	}
	return done, nil
}

// check compares the sizes of what arrived with those of what was sent, if the server tells.
func (c *client) check(ctx context.Context, r *run, folder string, sent []upload) error {
	var listed struct {
		Files []struct {
			Path string `json:"path"`
			Size any    `json:"file_size"` // a number, or one in quotes
		} `json:"files"`
	}
	query := url.Values{"run_id": {r.Info.ID}}
	if folder != "" {
		query.Set("path", folder)
	}
	err := c.get(ctx, "list what arrived", "/mlflow/artifacts/list", query, &listed)
	if answers(err, http.StatusNotFound, http.StatusNotImplemented, http.StatusMethodNotAllowed) {
		return nil
	}
	if err != nil {
		return err
	}
	sizes := map[string]string{}
	for _, f := range listed.Files {
		switch size := f.Size.(type) {
		case string:
			sizes[f.Path] = size
		case float64:
			sizes[f.Path] = fmt.Sprintf("%.0f", size)
		}
	}
	for _, u := range sent {
		if path.Dir(u.path) != path.Clean(folder) {
			continue
		}
		if got, told := sizes[u.path]; !told || got != fmt.Sprint(u.size) {
			return fmt.Errorf("send %s: %s of %d bytes arrived", u.path, cmp.Or(got, "none"), u.size)
		}
	}
	return nil
}
