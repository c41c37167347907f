package judge

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

func TestIndependenceGate(t *testing.T) {
	quiet := measure(t, lab.Quiet(), lab.Job("fused"))
	if g := controlOf(t, quiet, ControlIndependence, ""); g.State != OK {
		t.Errorf("%+v", g)
	}
	slow := lab.Quiet() // the same for whole blocks, then something else
	block := 0
	slow.Tamper = func(_ int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i := range req.Time.Order {
				rep.Times.Nanoseconds[i] += int64(200_000 * math.Sin(float64(block)+float64(i)/100))
			}
			block++
		}
		return nil
	}
	g := controlOf(t, measure(t, slow, lab.Job("fused")), ControlIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "blocks of", "would be better")

	warming := lab.Quiet() // the candidate becomes slower from block to block of each process
	warming.RunSD = 0.001
	asked := map[int]int{}
	warming.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i, arm := range req.Time.Order {
				if arm == 3 {
					rep.Times.Nanoseconds[i] += int64(20_000 * asked[n])
				}
			}
			asked[n]++
		}
		return nil
	}
	j := lab.Job("fused")
	j.Options.Blocks = 20
	g = controlOf(t, measure(t, warming, j), ControlIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "the blocks of fused take after the one before")

	creeping := lab.Quiet() // each process is a little slower for the candidate than the one before
	creeping.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i, arm := range req.Time.Order {
				if arm == 3 {
					rep.Times.Nanoseconds[i] += int64(6_000 * n)
				}
			}
		}
		return nil
	}
	g = controlOf(t, measure(t, creeping, lab.Job("fused")), ControlIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "fused take after the one before")
}
