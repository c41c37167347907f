package reports_test

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
)

// A format for people sets the sections of a page.
func ExamplePage() {
	var report reports.Document = reports.New(nil, nil, &judge.Result{Incomplete: true})
	page := report.Page()
	fmt.Println(page.Result.Title)
	for _, item := range page.Result.Items {
		fmt.Println("*", item)
	}
	// Output:
	// Result
	// * The measurement was interrupted. What it had is in the report.
}
