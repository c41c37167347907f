package formats

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// githubFormat is for GitHub Actions. Annotations, which the runner reads, go to standard output. The summary of the job, which people
// read, goes to the end of the file that GITHUB_STEP_SUMMARY names, or after the annotations where there is none. Into a file of the
// report's folder goes the summary alone.
type githubFormat struct{}

const (
	summaryVariable = "GITHUB_STEP_SUMMARY"
	// summaryMost is how long a summary may get, in bytes: GitHub drops one of more than 1 MiB as a whole.
	summaryMost = 1000 << 10
	// mostAnnotations is how many of a step GitHub shows.
	mostAnnotations = 10
	// mostItems is how many lines the result has in a summary.
	mostItems = 50
)

// File implements [reports.Filer].
func (githubFormat) File() string { return "summary.md" }

// Write implements [reports.Format].
func (githubFormat) Write(to reports.Output, doc reports.Document) error {
	if to.Commands == nil {
		return writeSummary(to, doc.Page(), summaryMost)
	}
	out := &sink{w: to.Commands}
	for _, a := range most(annotations(doc)) {
		out.print(a.String())
	}
	if out.err != nil {
		return out.err
	}
	path := os.Getenv(summaryVariable)
	if path == "" {
		return writeSummary(to, doc.Page(), summaryMost)
	}
	if err := appendSummary(path, doc.Page()); err != nil {
		return fmt.Errorf("write the summary of the job, %s: %w", summaryVariable, err)
	}
	return nil
}

// appendSummary writes the summary behind what other commands of the step have written.
func appendSummary(path string, page reports.Page) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	room := int64(summaryMost)
	if info, err := f.Stat(); err == nil {
		room -= info.Size()
	}
	return writeSummary(f, page, int(room))
}

// writeSummary writes the sections that fit into so many bytes, and names the others.
func writeSummary(to io.Writer, page reports.Page, room int) error {
	var sections []reports.Section
	if page.Result != nil {
		first := *page.Result
		first.Items = first.Items[:min(len(first.Items), mostItems)]
		sections = append(sections, first)
	}
	if page.Summary != nil {
		sections = append(sections, *page.Summary)
	}
	sections = append(sections, page.Evidence...)
	var text bytes.Buffer
	var left []string
	for _, s := range sections {
		var part bytes.Buffer
		if text.Len() > 0 {
			part.WriteString("\n")
		}
		if err := write(&part, []reports.Section{s}, markdownLayout); err != nil {
			return err
		}
		if text.Len()+part.Len() > room-summaryNotice {
			left = append(left, s.Title)
			continue
		}
		text.Write(part.Bytes())
	}
	if len(left) > 0 {
		notice := escapeMarkdown("Left out, since GitHub drops a longer summary: " + strings.Join(left, ", ") + ". The report has it.")
		if text.Len()+len(notice)+2 <= room {
			text.WriteString("\n" + notice + "\n")
		}
	}
	_, err := to.Write(text.Bytes())
	return err
}

// summaryNotice is room for the names of what is left out, in bytes.
const summaryNotice = 4 << 10

// annotation is a command to GitHub's runner.
type annotation struct{ level, title, text string }

// String is the command as the runner reads it.
func (a annotation) String() string {
	return fmt.Sprintf("::%s title=acdeploy%s::%s\n", a.level, escapeProperty(a.title), escapeCommand(a.text))
}

// most are as many as GitHub shows, the worst first.
func most(all []annotation) []annotation {
	if len(all) <= mostAnnotations {
		return all
	}
	more := len(all) - mostAnnotations + 1
	return append(all[:mostAnnotations-1:mostAnnotations-1], annotation{"notice", "", fmt.Sprintf("%d more are in the report", more)})
}

// annotations are those of a document: the result, then what is wrong, the worst first.
func annotations(doc reports.Document) []annotation {
	r, ok := doc.(*reports.Report)
	if !ok {
		return severalAnnotations(doc)
	}
	var list []annotation
	say := func(level, title, text string) { list = append(list, annotation{level, title, text}) }
	if c := r.Concluded(); c != nil {
		if c.Passed {
			say("notice", "", c.Headline)
		} else {
			say("error", "", c.Headline)
		}
		for _, reason := range c.Reasons {
			say("error", ": "+reason.Code, reason.Text)
		}
	}
	for _, c := range r.Controls {
		if c.State == judge.Fail {
			say("error", ": "+c.Name, c.Detail)
		}
	}
	for _, s := range r.NotRun() {
		say("warning", ": not run", reports.SkipLine(s))
	}
	for _, c := range r.Controls {
		if c.State == judge.Warn {
			say("warning", ": "+c.Name, c.Detail)
		}
	}
	return list
}

// escapeCommand keeps a text from ending the command that holds it.
func escapeCommand(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(human.Printable(s, '\n'))
}

// escapeProperty keeps a text from ending the property of a command.
func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeCommand(s))
}
