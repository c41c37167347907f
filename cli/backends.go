package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/backends"
)

// check is one line of what doctor and backends found.
type check struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, warn, fail or absent
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

// checksDocument is the document of doctor and backends.
type checksDocument struct {
	Schema string  `json:"schema"`
	Checks []check `json:"checks"`
}

func newBackendsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backends [NAME]",
		Short: "list the engines and whether they can be used here, or explain one",
		Args:  arguments(0, 1, "at most one backend"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return listComponents(a, "acdeploy.backend/v1", "backends", a.tools.Backends, args)
			}
			return a.showChecks(cmd.Context(), "acdeploy.backends/v1", a.backendChecks(cmd.Context()))
		},
	}
	a.addLibrary(cmd)
	a.addTimeout(cmd)
	a.addJSON(cmd)
	return cmd
}

// backendChecks asks every engine whether it can be used here.
func (a *app) backendChecks(ctx context.Context) []check {
	var found []check
	for _, e := range a.tools.Backends {
		found = append(found, a.backendCheck(ctx, e.Name, e.Title()))
	}
	return found
}

func (a *app) backendCheck(ctx context.Context, name, title string) check {
	c := check{Name: name, State: "ok", Detail: title}
	b, err := a.tools.Backend(name, a.library)
	if err == nil {
		guest, end := a.tools.Isolated(b, a.timeout)
		defer func() { _ = end() }()
		b, err = guest, guest.Check(ctx)
	}
	why, unavailable := errors.AsType[*backends.Unavailable](err)
	switch {
	case unavailable:
		c.State, c.Detail, c.Remedy = stateOf(why), why.Reason, why.Remedy
	case err != nil:
		c.State, c.Detail = "fail", err.Error()
	default:
		if more := describeEngine(b.Describe()); more != "" {
			c.Detail = more
		}
	}
	return c
}

func describeEngine(d backends.Description) string {
	if d.Library == "" {
		return ""
	}
	text := d.Library
	if d.Version != "" {
		text = d.Version + ", " + text
	}
	if d.Source != "" {
		text += " (" + d.Source + ")"
	}
	return text
}

// showChecks prints what was found. Something that is broken is exit code 5; what is absent is not. An engine that an
// interrupt kept from answering is neither, so nothing is said then.
func (a *app) showChecks(ctx context.Context, schema string, checks []check) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var broken error
	for _, c := range checks {
		if c.State == "fail" {
			broken = errors.Join(broken, missing(c))
		}
	}
	if a.asJSON {
		return errors.Join(a.document(checksDocument{schema, checks}), broken)
	}
	for _, c := range checks {
		a.printf("%-7s %-12s %s\n", c.State, c.Name, c.Detail)
		if c.Remedy != "" {
			a.printf("%-7s %-12s → %s\n", "", "", c.Remedy)
		}
	}
	return broken
}
