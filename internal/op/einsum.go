package op

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
)

// Einsum is the equation of an Einsum, a letter for each axis. Those for which an ellipsis stands have signs of their own.
type Einsum struct {
	Terms  []string // of the operands
	Result string
}

const (
	ellipsis = "..."
	unnamed  = '\ue000' // the last axis of an ellipsis; the ones before it follow
	maxSigns = 32
)

// Unnamed reports the sign of an axis that an ellipsis stands for. Such axes broadcast.
func Unnamed(axis rune) bool { return axis >= unnamed && axis < unnamed+maxSigns }

// ReadEinsum reads an Einsum of operands with so many axes. Without a right side the result has the axes of the ellipsis, and
// those that are named once, in the order of the alphabet.
func ReadEinsum(n *graph.Node, ranks []int) (Einsum, error) {
	o, err := Of(n)
	if err != nil {
		return Einsum{}, err
	}
	left, right, explicit := strings.Cut(strings.ReplaceAll(o.Str("equation"), " ", ""), "->")
	e := Einsum{Terms: strings.Split(left, ",")}
	if len(e.Terms) != len(ranks) {
		return e, fault(Invalid, "its equation has %d operands, and it has %d", len(e.Terms), len(ranks))
	}
	most := 0
	for k, term := range e.Terms {
		axes := ranks[k] - len(strings.Replace(term, ellipsis, "", 1))
		if !strings.Contains(term, ellipsis) && axes != 0 || axes < 0 || axes > maxSigns {
			return e, fault(Invalid, "its equation names %q, and the operand has %d axes", term, ranks[k])
		}
		e.Terms[k] = strings.Replace(term, ellipsis, signs(axes), 1)
		most = max(most, axes)
	}
	if !explicit {
		right = ellipsis + namedOnce(left)
	}
	e.Result = strings.Replace(right, ellipsis, signs(most), 1)
	if strings.Contains(strings.Join(e.Terms, "")+e.Result, ".") {
		return e, fault(Invalid, "its equation has a dot too many")
	}
	return e, nil
}

// signs is so many axes of an ellipsis.
func signs(axes int) string {
	list := make([]rune, axes)
	for i := range list {
		list[i] = unnamed + rune(axes-1-i)
	}
	return string(list)
}

// namedOnce is the letters that stand once in the left side of an equation, in the order of the alphabet.
func namedOnce(left string) string {
	var letters []rune
	for _, axis := range left {
		if axis != ',' && axis != '.' && strings.Count(left, string(axis)) == 1 {
			letters = append(letters, axis)
		}
	}
	slices.Sort(letters)
	return string(letters)
}
