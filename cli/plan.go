package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
)

// plan says what a run would do.
func (a *app) plan(cmd *cobra.Command, cfg configs.Config) error {
	plan, err := acdeploy.MakePlan(cmd.Context(), cfg, a.tools, a.runSettings())
	switch {
	case plan == nil:
		return err
	case a.asJSON:
		return errors.Join(err, a.document(plan))
	case !a.quiet:
		a.printPlan(plan)
	}
	return err
}

func (a *app) printPlan(p *acdeploy.Plan) {
	a.printf("Nothing is written. A run would\n")
	a.item("- ", "fuse %s: %s", p.Fuse.Input.Path, acdeploy.Describe(p.Fuse))
	if why := p.Fuse.NothingFused; why != "" {
		a.item("  ", "NOTHING FUSED: %s", why)
	}
	a.item("- ", "prove that the answers are the same, in float64 and on the engines that are there")
	var arms []string
	for _, arm := range p.Arms {
		arms = append(arms, fmt.Sprintf("%s (%s)", arm.Role, arm.Path))
	}
	a.item("- ", "measure %s", strings.Join(arms, ", "))
	for _, e := range p.Engines {
		a.item("  ", "on %s", plannedEngine(e, p))
	}
	a.item("- ", "write %s and the report in %s", p.Output, p.Report)
	about := seconds(p.Seconds)
	if p.AtMost > p.Seconds {
		about += ", at most " + seconds(p.AtMost)
	}
	a.printf("The measurement would take about %s.\n", about)
}

// item prints a thought behind a mark, in lines that are no longer than the output is wide.
func (a *app) item(mark, format string, args ...any) {
	width := cmp.Or(a.width(), unknownWidth)
	text := fmt.Sprintf(format, oneLine(args)...)
	a.print(mark + human.Wrap(text, strings.Repeat(" ", len(mark)), width-len(mark)) + "\n")
}

// seconds writes a time such as "1m30s".
func seconds(s float64) string { return time.Duration(s * float64(time.Second)).String() }

// plannedEngine says whether an engine can be run, and how often it would.
func plannedEngine(e acdeploy.PlannedEngine, p *acdeploy.Plan) string {
	name := e.Name
	if e.Provider != "" && e.Provider != e.Name {
		name += " " + e.Provider
	}
	if e.Skip != nil {
		return fmt.Sprintf("%s: it is not there: %s. What to do: %s", name, strings.TrimSuffix(e.Skip.Reason, "."), e.Skip.Remedy)
	}
	return fmt.Sprintf("%s, %s: %d fresh processes each", name, strings.Join(p.Sizes, "; "), p.Units)
}
