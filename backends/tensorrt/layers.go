package tensorrt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
)

// layer is one layer of an engine as --exportLayerInfo describes it. Versions differ in what they add, so
// all of it is kept.
type layer map[string]any

// parseLayers reads what --exportLayerInfo wrote as a plan. The names of tensors are replaced by numbers in
// the order in which they appear, and names of layers are no part of the details: two engines that run the
// same kernels in the same order on the same shapes have the same ops and details, whatever their models
// call things.
func parseLayers(data []byte) (backends.Plan, error) {
	var file struct {
		Layers []json.RawMessage
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return backends.Plan{}, fmt.Errorf("this is not a list of layers: %w", err)
	}
	if len(file.Layers) == 0 {
		return backends.Plan{}, errors.New("the list of layers is empty")
	}
	c := canon{}
	var plan backends.Plan
	for i, raw := range file.Layers {
		var name string
		if json.Unmarshal(raw, &name) == nil {
			plan.Steps = append(plan.Steps, backends.Step{Name: name, Op: "layer"}) // built without details
			continue
		}
		var l layer
		if err := json.Unmarshal(raw, &l); err != nil {
			return backends.Plan{}, fmt.Errorf("layer %d: %w", i, err)
		}
		plan.Steps = append(plan.Steps, c.step(l))
	}
	return plan, nil
}

// canon numbers the tensors of an engine.
type canon map[string]int

func (c canon) step(l layer) backends.Step {
	op := word(l, "LayerType")
	if op == "" {
		op = "layer"
	}
	if kind := word(l, "ParameterType"); kind != "" && kind != op {
		op += "/" + kind
	}
	parts := []string{c.tensors(l["Inputs"]) + " -> " + c.tensors(l["Outputs"])}
	for _, key := range slices.Sorted(maps.Keys(l)) {
		switch key {
		case "Name", "LayerType", "ParameterType", "Inputs", "Outputs", "Metadata":
		case "Weights", "Bias":
			parts = append(parts, key+" "+weights(l[key]))
		default:
			parts = append(parts, key+" "+plain(l[key]))
		}
	}
	return backends.Step{Name: word(l, "Name"), Op: op, Detail: strings.Join(parts, "; ")}
}

// tensors writes a list of tensors by their numbers, shapes and layouts.
func (c canon) tensors(list any) string {
	items, _ := list.([]any)
	parts := make([]string, len(items))
	for i, item := range items {
		t, _ := item.(map[string]any)
		name := word(t, "Name")
		if _, seen := c[name]; !seen {
			c[name] = len(c)
		}
		// Up to 10 one field holds layout and type, from 11 on two do.
		form := strings.TrimSpace(strings.Join([]string{word(t, "Format/Datatype"), word(t, "Format"), word(t, "Datatype"), word(t, "DataType")}, " "))
		parts[i] = fmt.Sprintf("t%d%s %s", c[name], plain(t["Dimensions"]), strings.Join(strings.Fields(form), " "))
	}
	return strings.Join(parts, ", ")
}

func word(of map[string]any, key string) string {
	text, _ := of[key].(string)
	return text
}

// weights writes what is known of constants; their values are no part of a plan.
func weights(of any) string {
	m, _ := of.(map[string]any)
	return fmt.Sprintf("%s %s", word(m, "Type"), plain(m["Count"]))
}

// plain writes a value the same way every time.
func plain(value any) string {
	text, err := json.Marshal(value) // sorts keys
	if err != nil {
		return "?"
	}
	return strings.Trim(string(text), `"`)
}
