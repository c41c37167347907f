package graph

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestText(t *testing.T) {
	n := newNet(t)
	n.g.Name = "main"
	x := n.input("input.1")
	x.SetType(Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)}})
	w := n.g.NewInitializer("w", tensor.Of([]int64{2}, float32(0.5), -1))
	y := n.node("Mul", "y", x, w)
	y.Producer().SetAttr(IntsAttr("axes", 1, 2))
	n.g.AddOutput(y)
	const want = `<
  ir_version: 8,
  opset_import: ["" : 17]
>
main (float[N,3] "input.1") => (y)
<
  float[2] w = {0.5, -1}
>
 {
  [n_y] y = Mul <axes = [1, 2]> ("input.1", w)
}
`
	if got := n.text(); got != want {
		t.Errorf("got\n%s", got)
	}
}
