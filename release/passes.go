package release

import (
	"encoding/json"
	"fmt"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/pipeline"
)

// PassesOf writes the passes of a run as a configuration has them, as JSON: a list of names. One with options that are not at their
// defaults is {"NAME": {"OPTION": value}}. A pass that is not in the catalog has its name alone.
func PassesOf(steps []pipeline.Step, known catalog.Catalog[pipeline.Pass]) (string, error) {
	list := make([]any, len(steps))
	for i, s := range steps {
		list[i] = s.Name
		entry, err := known.Find(s.Name)
		if err != nil {
			continue
		}
		options, err := catalog.Encode(s.Pass, entry.New())
		if err != nil {
			return "", fmt.Errorf("pass %s: %w", s.Name, err)
		}
		if options != nil {
			list[i] = map[string]json.RawMessage{s.Name: options}
		}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// StepsOf makes the passes that [PassesOf] wrote.
func StepsOf(text string, known catalog.Catalog[pipeline.Pass]) ([]pipeline.Step, error) {
	list, err := passItems(text)
	if err != nil {
		return nil, err
	}
	steps := make([]pipeline.Step, len(list))
	for i, item := range list {
		name, options, err := nameAndOptions(item)
		if err != nil {
			return nil, err
		}
		pass, err := known.Make(name, func(into any) error { return catalog.Decode(options, into) })
		if err != nil {
			return nil, fmt.Errorf("pass %w", err)
		}
		steps[i] = pipeline.Step{Name: name, Pass: pass}
	}
	return steps, nil
}

// passNames are the names of the passes that [PassesOf] wrote.
func passNames(text string) ([]string, error) {
	list, err := passItems(text)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, item := range list {
		if names[i], _, err = nameAndOptions(item); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func passItems(text string) (list []json.RawMessage, err error) {
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("%q is no list of passes: %w", text, err)
	}
	return list, nil
}

// nameAndOptions reads one pass of a list.
func nameAndOptions(item json.RawMessage) (name string, options json.RawMessage, err error) {
	if json.Unmarshal(item, &name) == nil {
		return name, nil, nil
	}
	var one map[string]json.RawMessage
	if err := json.Unmarshal(item, &one); err != nil || len(one) != 1 {
		return "", nil, fmt.Errorf("%s is no pass: want a name, or one name with its options", item)
	}
	for name, options = range one {
	}
	return name, options, nil
}
