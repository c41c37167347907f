package worker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// behaviourEnv makes this test binary a worker that behaves as its value says.
const behaviourEnv = "ACDEPLOY_WORKER_TEST"

func TestMain(m *testing.M) {
	if value := os.Getenv(guestEnv); value != "" {
		beGuest(value)
	}
	switch os.Getenv(behaviourEnv) {
	case "":
		os.Exit(m.Run())
	case "hang":
		fmt.Fprintln(os.Stderr, "waiting for ever")
		time.Sleep(time.Minute)
	case "crash":
		panic("engine broke its own rules")
	case "garbage":
		fmt.Println("Segmentation fault")
		time.Sleep(time.Minute)
	case "other":
		fmt.Println(`{"op":"close"}`)
		time.Sleep(time.Minute)
	}
}

// misbehaving launches this test binary as a worker.
func misbehaving(t *testing.T, behaviour string) Launcher {
	t.Helper()
	t.Setenv(behaviourEnv, behaviour)
	self, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot be found to start workers from:", err)
	}
	return Command(self)
}

// The error says what the worker did and wrote last.
func TestCrashReport(t *testing.T) {
	for behaviour, want := range map[string]string{
		"crash":   "panic: engine broke its own rules",
		"garbage": `worker failed at "check": the process answered "Segmentation fault"`,
		"other":   `worker failed at "check": the process answered`,
	} {
		t.Run(behaviour, func(t *testing.T) {
			c, err := Start(t.Context(), misbehaving(t, behaviour), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			if _, err := c.Check(t.Context(), CheckRequest{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// A reply of which a part is missing, or that is not what was asked for, is an error and not a crash.
func TestRepliesAreChecked(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		reply string
		ask   func(*Client) error
	}{
		"nothing opened":    {`{"op":"open"}`, func(c *Client) error { _, err := c.Open(ctx, OpenRequest{}); return err }},
		"no times":          {`{"op":"time"}`, func(c *Client) error { _, err := c.Time(ctx, TimeRequest{Order: []int{0}, Each: 1}); return err }},
		"too few times":     {`{"op":"time","times":{"nanoseconds":[1]}}`, func(c *Client) error { _, err := c.Time(ctx, TimeRequest{Order: []int{0}, Each: 2}); return err }},
		"a negative time":   {`{"op":"time","times":{"nanoseconds":[-1]}}`, func(c *Client) error { _, err := c.Time(ctx, TimeRequest{Order: []int{0}, Each: 1}); return err }},
		"no order":          {`{"op":"time","times":{"nanoseconds":[1]}}`, func(c *Client) error { _, err := c.Time(ctx, TimeRequest{}); return err }},
		"no answers":        {`{"op":"run"}`, func(c *Client) error { _, err := c.Run(ctx, RunRequest{}); return err }},
		"nothing counted":   {`{"op":"throughput"}`, func(c *Client) error { _, err := c.Throughput(ctx, ThroughputRequest{}); return err }},
		"an engine refuses": {`{"op":"slow","error":"no"}`, func(c *Client) error { return c.Slow(ctx, nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			says := func(context.Context) (*Process, error) {
				return &Process{
					Stdin: discard{}, Stdout: strings.NewReader(c.reply + "\n"), Kill: func() {}, Wait: func() error { return nil },
				}, nil
			}
			client, err := Start(ctx, says, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.ask(client); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// A worker that does not answer is killed before anything else happens, and asked nothing more.
func TestClientKills(t *testing.T) {
	launch := misbehaving(t, "hang")
	cancelled, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"timeout": context.Background(), "cancelled": cancelled} {
		t.Run(name, func(t *testing.T) {
			timeout := 100 * time.Millisecond
			if name == "cancelled" {
				timeout = time.Hour
				time.AfterFunc(50*time.Millisecond, cancel)
			}
			c, err := Start(ctx, launch, timeout)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.ask(ctx, Request{Op: opPlans}); err == nil {
				t.Fatal("the process answered")
			}
			if end := c.process.Wait(); !c.dead || end == nil || !strings.Contains(end.Error(), "kill") {
				t.Errorf("dead %v, the worker ended with %v", c.dead, end)
			}
			c.Close(ctx)
		})
	}
}
