package dims

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// input reads "x[N,3,?,?]"; "x" alone has no shape, "x[]" is a scalar.
func input(text string) tensor.Spec {
	name, rest, ranked := strings.Cut(text, "[")
	spec := tensor.Spec{Name: name, Type: tensor.Float32, Ranked: ranked}
	for word := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), ",") {
		var size int64
		switch _, err := fmt.Sscan(word, &size); {
		case word == "":
		case err == nil && size >= 0:
			spec.Shape = append(spec.Shape, tensor.Fixed(size))
		default:
			spec.Shape = append(spec.Shape, tensor.Dim{Size: -1, Param: strings.TrimPrefix(word, "_")})
		}
	}
	return spec
}

func list(text string) []tensor.Spec {
	var specs []tensor.Spec
	for word := range strings.FieldsSeq(text) {
		specs = append(specs, input(word))
	}
	return specs
}

// TestBatch tells for models as exporters write them which dimension is the batch: in the wanted inputs it is 7, what else is open is *.
func TestBatch(t *testing.T) {
	for _, c := range []struct{ name, inputs, outputs, want string }{
		{"named", "x[batch,3,32,32]", "y[batch,10]", "x[7,3,32,32]"},
		{"no name at all", "x[_,3,32,32]", "y[_,10]", "x[7,3,32,32]"},
		{"one name for everything", "x[?,3,?,?]", "y[?,10]", "x[7,3,*,*]"},
		{"no outputs told", "x[s0,3,32,32]", "y", "x[7,3,32,32]"},
		{"a name of its own", "x[s0,3,32,32]", "y[s0,10]", "x[7,3,32,32]"},
		{"tf2onnx", "x[unk__616,224,224,3]", "y[unk__617,1000]", "x[7,224,224,3]"},
		{"torch without names", "x[x_dynamic_axes_1,3,x_dynamic_axes_2,x_dynamic_axes_3]", "y[Convy_dim_0,10]", "x[7,3,*,*]"},
		{"paddle", "x[p2o.DynamicDimension.0,3,p2o.DynamicDimension.1,p2o.DynamicDimension.2]", "y[p2o.DynamicDimension.3,40]", "x[7,3,*,*]"},
		{"two inputs", "ids[batch,seq] mask[batch,seq]", "y[batch,seq,768]", "ids[7,*] mask[7,*]"},
		{"a length beside the batch", "x[batch,length] state[2,batch,128] rate[]", "y[batch,1] next[2,batch,128]", "x[7,*] state[2,7,128] rate[]"},
		{"a fixed first dimension among them", "x[N,3,8,8] scale[1,2]", "y[N,4]", "x[7,3,8,8] scale[1,2]"},
		{"rois", "x[1,3,H,W] rois[num_rois,5]", "y[num_rois,81]", "x[1,3,*,*] rois[*,5]"},
		{"rois beside a batch", "x[batch,3,H,W] rois[num_rois,5]", "y[num_rois,81]", "x[7,3,*,*] rois[*,5]"},
		{"a count called N", "x[batch,3,8,8] points[N,2]", "y[N,4]", "x[7,3,8,8] points[*,2]"},
		{"two names", "a[p,3] b[q,3]", "y[p,q]", "a[*,3] b[*,3]"},
		{"an output that fixes it", "x[s0,3]", "y[1,10]", "x[*,3]"},
		{"an output of another dimension", "x[s0,s1]", "y[s1]", "x[*,*]"},
		{"an output without one", "x[s0,3]", "loss[]", "x[*,3]"},
		{"an output without one, but a word", "x[batch_size,3]", "loss[]", "x[7,3]"},
		{"boxes of an output", "x[s0,3,8,8]", "boxes[num_boxes,4]", "x[7,3,8,8]"},
		{"a height first", "x[height,width]", "y[height,width]", "x[*,*]"},
		{"a sequence", "ids[seq_len,16]", "y[seq_len,4]", "ids[*,16]"},
		{"a batch inside", "x[3,batch]", "y[batch]", "x[3,*]"},
		{"all fixed", "x[4,3]", "y[4,10]", "x[4,3]"},
	} {
		a := Read("m", list(c.inputs), list(c.outputs))
		var words []string
		for i, spec := range a.inputs {
			var sizes []string
			for axis, d := range spec.Shape {
				switch {
				case d.Size >= 0:
					sizes = append(sizes, fmt.Sprint(d.Size))
				case a.isBatch(i, axis):
					sizes = append(sizes, "7")
				default:
					sizes = append(sizes, "*")
				}
			}
			words = append(words, spec.Name+"["+strings.Join(sizes, ",")+"]")
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%s: %s gives %s, want %s", c.name, c.inputs, got, c.want)
		}
	}
}
