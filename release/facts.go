package release

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// facts is what the card, the statements and the bill of materials tell.
type facts struct {
	name, alias string
	report      *reports.Report
	stamp       Provenance
	stale       bool // the metadata have the digest of another file
	digest      model.Digest
	signature   model.Signature
	parts       []File                   // the files of the model
	sha256      func(name string) string // of a file of the folder that is written already
	env         func(key string) string  // the variables of the process
}

// readModel reads what a model's file says of itself.
func readModel(path string) (*facts, error) {
	file, err := model.Open(path)
	if err != nil {
		return nil, err
	}
	f := &facts{stamp: Stamped(file.Model()), stale: stale(file.Model()), signature: file.Signature()}
	f.digest, err = file.Digest()
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if f.stamp == (Provenance{}) {
		return nil, errors.New("the model's metadata do not say how it was made")
	}
	return f, nil
}

// epoch is the time that SOURCE_DATE_EPOCH gives, as RFC 3339; "" for none. The clock is not asked: two runs would differ.
func (f *facts) epoch() (string, error) {
	text := f.env("SOURCE_DATE_EPOCH")
	if text == "" {
		return "", nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH is %q; it is seconds since 1970", text)
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339), nil
}
