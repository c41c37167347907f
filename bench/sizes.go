package bench

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// Size gives an open dimension its size, or several that are measured one after the other. It is written "sequence=128" or
// "height=224,320". A dimension is called by its symbol, or by its input and axis: "mask.1".
type Size struct {
	Symbol string  // of the dimension, or its input and axis
	Sizes  []int64 // from 1, one for each measurement
}

// String writes "height=224,320".
func (s Size) String() string {
	texts := make([]string, len(s.Sizes))
	for i, size := range s.Sizes {
		texts[i] = strconv.FormatInt(size, 10)
	}
	return s.Symbol + "=" + strings.Join(texts, ",")
}

// Sizes are those of all open dimensions that are given.
type Sizes []Size

// mostCombinations bounds how many settings the sizes of several dimensions make together.
const mostCombinations = 1000

// UnmarshalText reads "height=224,320, sequence=128". A whole shape may be given as "x=[1,3,32,32]" or "x:1x3x32x32".
func (s *Sizes) UnmarshalText(text []byte) error {
	*s = nil
	for _, word := range words(strings.Trim(strings.TrimSpace(string(text)), "\"")) {
		more, err := readSize(word)
		if err != nil {
			return err
		}
		for _, size := range more {
			if slices.ContainsFunc(*s, func(other Size) bool { return other.Symbol == size.Symbol }) {
				return fmt.Errorf("the size of %q is given twice; write %s=224,320 to measure several", size.Symbol, size.Symbol)
			}
			*s = append(*s, size)
		}
	}
	return nil
}

// words parts a list at its commas, but for those between the sizes of one dimension and those in brackets.
func words(text string) []string {
	if whole, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(whole, "]") {
		text = strings.TrimSuffix(whole, "]")
	}
	var list []string
	depth := 0
	for part := range strings.SplitSeq(text, ",") {
		part = strings.Trim(strings.TrimSpace(part), `"'`)
		starts := depth == 0 && strings.ContainsAny(part, "=:")
		depth += strings.Count(part, "[") - strings.Count(part, "]")
		switch {
		case part == "":
		case starts || len(list) == 0:
			list = append(list, part)
		default:
			list[len(list)-1] += "," + part
		}
	}
	return list
}

var wholeShape = regexp.MustCompile(`^(.+?)(?:[:=]\[(.*)\]|:(\d+(?:[x,]\d+)*))$`)

// readSize reads what is said of one dimension, or of all dimensions of one input.
func readSize(word string) ([]Size, error) {
	wrong := fmt.Errorf("%q is not the size of a dimension; write NAME=128, NAME=224,320 for several, or INPUT=[1,3,32,32]", word)
	if parts := wholeShape.FindStringSubmatch(word); parts != nil {
		sizes, err := readNumbers(strings.ReplaceAll(parts[2]+parts[3], "x", ","))
		if err != nil {
			return nil, wrong
		}
		all := make([]Size, len(sizes))
		for axis, size := range sizes {
			all[axis] = Size{fmt.Sprintf("%s.%d", parts[1], axis), []int64{size}}
		}
		return all, nil
	}
	at := strings.LastIndex(word, "=")
	if at < 1 {
		return nil, wrong
	}
	sizes, err := readNumbers(word[at+1:])
	if err != nil {
		return nil, wrong
	}
	return []Size{{strings.TrimSpace(word[:at]), sizes}}, nil
}

func readNumbers(text string) ([]int64, error) {
	var sizes []int64
	for number := range strings.SplitSeq(text, ",") {
		size, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || size < 0 {
			return nil, fmt.Errorf("%q is not a size", number)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// MarshalText writes "height=224,320".
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads a list of texts, one for each dimension.
func (s *Sizes) UnmarshalJSON(data []byte) error {
	return s.UnmarshalYAML(func(into any) error { return json.Unmarshal(data, into) })
}

// UnmarshalYAML reads a list of texts, one for each dimension.
func (s *Sizes) UnmarshalYAML(read func(any) error) error {
	var texts []string
	if err := read(&texts); err != nil {
		return err
	}
	return s.UnmarshalText([]byte(strings.Join(texts, ",")))
}

// First are the first sizes of all dimensions, by name.
func (s Sizes) First() map[string]int64 {
	first := map[string]int64{}
	for _, size := range s {
		first[size.Symbol] = size.Sizes[0]
	}
	return first
}

// Combinations are all choices of one size for each dimension. The last dimension changes first. None given make one empty choice.
func (s Sizes) Combinations() ([]map[string]int64, error) {
	count := 1
	for _, size := range s {
		if count *= len(size.Sizes); count > mostCombinations || count == 0 {
			return nil, outcome.Usagef("the sizes of all dimensions make more than %d combinations; give fewer", mostCombinations)
		}
	}
	all := make([]map[string]int64, count)
	for i := range all {
		all[i] = map[string]int64{}
		left := i
		for _, size := range slices.Backward(s) {
			all[i][size.Symbol] = size.Sizes[left%len(size.Sizes)]
			left /= len(size.Sizes)
		}
	}
	return all, nil
}
