package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

// lines is a log for people: the message and its values on one line, without time and level.
type lines struct {
	w     io.Writer
	level slog.Level
	attrs []slog.Attr
}

// Enabled implements [slog.Handler].
func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

// Handle implements [slog.Handler].
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(human.Printable(r.Message))
	write := func(a slog.Attr) bool {
		fmt.Fprintf(&b, "  %s: %s", a.Key, human.Printable(a.Value.String()))
		return true
	}
	for _, a := range l.attrs {
		write(a)
	}
	r.Attrs(write)
	b.WriteByte('\n')
	_, err := io.WriteString(l.w, b.String())
	return err
}

// WithAttrs implements [slog.Handler].
func (l *lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := *l
	more.attrs = append(append([]slog.Attr(nil), l.attrs...), attrs...)
	return &more
}

// WithGroup implements [slog.Handler]; groups are not shown.
func (l *lines) WithGroup(string) slog.Handler { return l }

// legible writes a text of a log in JSON such that every byte of a path can be told.
func legible(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindString {
		a.Value = slog.StringValue(human.UTF8(a.Value.String()))
	}
	return a
}
