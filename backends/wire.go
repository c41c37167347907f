package backends

import (
	"encoding/json"
	"unicode/utf8"
)

// plainModel is a [Model] without its methods.
type plainModel Model

// wireModel is a model as JSON. A path need not be UTF-8, and a string of JSON has to be: Raw then holds its bytes.
type wireModel struct {
	plainModel
	Raw []byte `json:"raw_path,omitempty"`
}

// MarshalJSON writes the model such that its path stays the same, whatever bytes it has.
func (m Model) MarshalJSON() ([]byte, error) {
	w := wireModel{plainModel: plainModel(m)}
	if !utf8.ValidString(m.Path) {
		w.Raw = []byte(m.Path)
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Model) UnmarshalJSON(data []byte) error {
	var w wireModel
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if *m = Model(w.plainModel); len(w.Raw) > 0 {
		m.Path = string(w.Raw)
	}
	return nil
}
