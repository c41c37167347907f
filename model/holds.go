package model

import (
	"path/filepath"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// Holds reports whether saving m would write the very bytes of the file and of its data.
func (f *File) Holds(m *graph.Model) (same bool, err error) {
	err = Do(func() (err error) {
		same, err = f.holds(m)
		return err
	})
	return same, err
}

func (f *File) holds(m *graph.Model) (bool, error) {
	data := f.External()
	if len(data) > 1 {
		return false, nil
	}
	var o onnx.Options
	if len(data) == 1 {
		o.Location = filepath.Base(data[0])
	}
	layout, err := onnx.NewLayout(m, o)
	if err != nil || layout.Size() != f.file.Size() || (layout.DataSize() > 0) != (len(data) == 1) {
		return false, err
	}
	parts, err := f.digests()
	if err != nil {
		return false, err
	}
	if len(data) == 1 {
		if sum, err := osfile.SHA256Of(layout.WriteData); err != nil || sum != parts[1].SHA256 {
			return false, err
		}
	}
	written, err := osfile.SHA256Of(layout.WriteModel)
	return written == parts[0].SHA256, err
}
