package html_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a headless browser, without a window.
type chromium struct {
	context context.Context
	major   string // of its version
}

// startChromium starts the browser that is on the PATH, or that ACDEPLOY_CHROMIUM names.
func startChromium(t *testing.T) chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long to start: run the test without -short")
	}
	program := os.Getenv("ACDEPLOY_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("Chromium is not installed: install it (make browser), or set ACDEPLOY_CHROMIUM to its program")
	}
	// Pictures of pages are the same everywhere only if the system does not smooth letters in its own way. The sandbox does not work
	// for root, nor in most containers; the pages are our own.
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("disable-lcd-text", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		t.Skipf("%s does not start: %v", program, err)
	}
	_, number, _ := strings.Cut(version.Product, "/")
	major, _, _ := strings.Cut(number, ".")
	return chromium{ctx, major}
}

// tab is a page in the browser, with what it said and asked for while it was open.
type tab struct {
	context context.Context
	mutex   sync.Mutex
	said    []string
	asked   []string
}

// open shows a page from a file, as somebody does who was sent it.
func (c chromium) open(t *testing.T, text string) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	opened := &tab{}
	ctx, end := chromedp.NewContext(c.context, chromedp.WithListener(opened.listen))
	t.Cleanup(end)
	opened.context = ctx
	opened.do(t, chromedp.Navigate("file://"+filepath.ToSlash(file)))
	return opened
}

func (b *tab) listen(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, string(e.Type))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	}
}

func (b *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.context, steps...); err != nil {
		t.Fatal(err)
	}
}

// answer runs a script in the page. The policy of the page does not hold for what a debugger runs.
func answer[T any](t *testing.T, b *tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(b.context, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%v in %.200s", err, script)
	}
	return v
}

// look is how somebody looks at a page.
type look struct {
	name   string
	scheme string
	width  int64
	media  string
}

func looks() []look {
	var list []look
	for _, scheme := range []string{"light", "dark"} {
		list = append(list, look{scheme + "-telephone", scheme, 360, "screen"}, look{scheme + "-desk", scheme, 1280, "screen"})
	}
	return append(list, look{"paper", "light", 720, "print"})
}

// with sets how the page is looked at.
func (b *tab) with(t *testing.T, l look) {
	t.Helper()
	b.do(t, chromedp.EmulateViewport(l.width, 800), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: l.media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
		})
		return err
	}))
}

// write sets the page in the font that the pictures are made with.
func (b *tab) write(t *testing.T) {
	t.Helper()
	answer[bool](t, b, `(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync('* { font-family: "DejaVu Sans" !important } pre, pre * { font-family: "DejaVu Sans Mono" !important }');
		document.adoptedStyleSheets = [sheet];
		return true;
	})()`)
}
