package reporttest

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
)

// layers are those of ResNet-20, each convolution with these kernels. Where there are several, a batch normalisation follows
// each of them.
func layers(kernels ...string) []reports.Layer {
	list := Convolutions("/stem", 3, 16, 1, kernels...)
	in := int64(16)
	for stage, out := range []int64{16, 32, 64} {
		for i := range 6 {
			stride := int64(1)
			if in != out {
				stride = 2
			}
			list = append(list, Convolutions(fmt.Sprintf("/layer%d/layer%d.%d/conv%d", stage+1, stage+1, i/2, i%2+1), in, out, stride, kernels...)...)
			in = out
		}
	}
	return append(list, reports.Layer{Name: "/fc/Gemm", OpType: "Gemm", InChannels: 64, OutChannels: 10})
}

// Convolutions are one convolution with a kernel such as 3×3, or a block of several, each with a batch normalisation.
func Convolutions(name string, in, out, stride int64, kernels ...string) []reports.Layer {
	var list []reports.Layer
	for i, k := range kernels {
		l := reports.Layer{Name: name + "/Conv", OpType: "Conv", KernelShape: make([]int64, 2), InChannels: in, OutChannels: out}
		if _, err := fmt.Sscanf(k, "%d×%d", &l.KernelShape[0], &l.KernelShape[1]); err != nil {
			panic(err)
		}
		if i > 0 {
			l.Name = fmt.Sprintf("%s/Conv_%d", name, i)
		}
		if stride > 1 {
			l.Strides = []int64{stride, stride}
		}
		list = append(list, l)
		if len(kernels) > 1 {
			list[len(list)-1].Block = name + "/Add"
			list = append(list, reports.Layer{Name: strings.Replace(l.Name, "/Conv", "/BatchNormalization", 1), OpType: "BatchNormalization", InChannels: out, OutChannels: out})
		}
	}
	return list
}

// Merged is what became of blocks that were all merged.
func Merged(trained []reports.Layer) []reports.Became {
	var list []reports.Became
	at := map[string]int{}
	block := ""
	for _, l := range trained {
		if l.OpType == "Conv" {
			block = l.Block
		}
		if block == "" || l.OpType != "Conv" && l.OpType != "BatchNormalization" {
			continue
		}
		i, known := at[block]
		if !known {
			i = len(list)
			at[block] = i
			list = append(list, reports.Became{From: []string{block}, FromOpTypes: []string{"Add"}, To: []string{l.Name}, ToOpTypes: []string{"Conv"}})
		}
		list[i].From, list[i].FromOpTypes = append(list[i].From, l.Name), append(list[i].FromOpTypes, l.OpType)
	}
	return list
}

// Timed gives the arms of a report what an engine tells of their layers: as ONNX Runtime names them, each slower than the one before,
// the first too fast to be timed.
func Timed(r *reports.Report) *reports.Report {
	for i := range r.Arms {
		a := &r.Arms[i]
		of := r.Fuse.After.Layers
		if a.Role == bench.RoleAsTrained {
			of = r.Fuse.Before.Layers
		}
		a.Plan = &backends.Plan{}
		for _, l := range of {
			if l.OpType == "Conv" {
				step := backends.Step{Name: l.Name + "_output_0_nchwc", Op: "com.microsoft.nchwc.Conv", Provider: "CPUExecutionProvider"}
				step.Nanoseconds = int64(len(a.Plan.Steps)) * a.Median / 300 / 1000 * 1000
				a.Plan.Steps = append(a.Plan.Steps, step)
			}
		}
	}
	return r
}
