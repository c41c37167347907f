package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/publish"
)

// schemaPublish is the document of a delivery.
const schemaPublish = "acdeploy.publish/v1"

// published is the document of a delivery.
type published struct {
	Schema  string            `json:"schema"`  // kind and version of this document
	Release string            `json:"release"` // the folder
	Digest  string            `json:"digest"`  // of the folder
	DryRun  bool              `json:"dry_run"` // nothing was delivered
	Targets []publish.Outcome `json:"targets"`
}

// publishFlags are those of the command.
type publishFlags struct {
	to      []string
	report  string
	storage string
	as      string
	plain   bool
	dryRun  bool
}

func newPublishCmd(a *app) *cobra.Command {
	var flags publishFlags
	cmd := &cobra.Command{
		Use:   "publish DIR --to TARGET",
		Short: "deliver a release folder to where models are kept",
		Long: `Deliver a release folder, which acdeploy run wrote, to where models are kept. The digests of the folder are
checked first. --to may be given several times; a target that fails keeps none of the others from its delivery.

The same folder a second time changes nothing. A delivery that failed leaves no half of a model; the same
command goes on with it. The alias of a registered model is moved only to a release whose gates all passed.

Passwords for a registry come from Docker's configuration: docker login REGISTRY writes it. The target mlflow
reads the variables of MLflow's own clients: MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME and
MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, MLFLOW_EXPERIMENT_NAME, MLFLOW_RUN_ID,
MLFLOW_TRACKING_INSECURE_TLS, MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_CLIENT_CERT_PATH,
MLFLOW_HTTP_REQUEST_TIMEOUT and MLFLOW_HTTP_REQUEST_MAX_RETRIES.`,
		Example: `  # a run, a version and its alias in the server of MLFLOW_TRACKING_URI
  acdeploy publish release --to mlflow

  # an artefact in a container registry
  acdeploy publish release --to oci://registry.example.com/models/net:v7

  # an image there, and an InferenceService of KServe that mounts it
  acdeploy publish release --to oci://registry.example.com/models/net:v7 --as image --to kserve:service.yaml

  # the next version in a model repository of Triton
  acdeploy publish release --to triton:/srv/models

  # files for a repository of the Hugging Face hub
  acdeploy publish release --to hf:../my-model

  # a copy
  acdeploy publish release --to dir:/mnt/releases/v7

  # the run of a report in MLflow, also of one that failed: no version, no alias
  acdeploy publish --report acdeploy-report --to mlflow`,
		Args: func(cmd *cobra.Command, args []string) error {
			if flags.report != "" {
				return arguments(0, 0, "no release folder beside --report")(cmd, args)
			}
			return arguments(1, 1, "one release folder")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.publish(cmd.Context(), flags, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.to, "to", nil, "`TARGET` to deliver to, as often as needed: mlflow, oci://HOST/REPOSITORY:TAG, triton:DIR, kserve:FILE, hf:DIR or dir:DIR")
	f.Var(pathValue{&flags.report}, "report", "deliver the report in this directory instead of a release; only mlflow takes it")
	f.StringVar(&flags.storage, "storage-uri", "", "`URI` from which KServe gets the model, instead of the image that the same command pushes")
	f.StringVar(&flags.as, "as", "artifact", "`FORM` of the model in a registry: artifact, or image, which KServe can mount")
	a.addPlainHTTP(cmd, &flags.plain)
	f.BoolVar(&flags.dryRun, "dry-run", false, "only say what would be done; nobody is asked")
	a.addJSON(cmd)
	return cmd
}

func (a *app) publish(ctx context.Context, flags publishFlags, args []string) error {
	for i, name := range flags.to {
		form, path, given := strings.Cut(name, ":")
		path, err := expand(path)
		if err != nil {
			return err
		}
		if given {
			flags.to[i] = form + ":" + path
		}
	}
	delivery, err := publish.Parse(flags.to, publish.Options{Getenv: os.Getenv, Storage: flags.storage, As: flags.as, PlainHTTP: flags.plain, Told: a.delivering})
	if err != nil {
		return err
	}
	folder, err := toPublish(delivery, flags, args)
	if err != nil {
		return err
	}
	doc := published{Schema: schemaPublish, Release: folder.Dir, Digest: folder.Digest, DryRun: flags.dryRun}
	if flags.dryRun {
		doc.Targets = delivery.Plan(folder)
	} else {
		doc.Targets, err = delivery.Deliver(ctx, folder)
		a.progress.clear()
	}
	if a.asJSON {
		return errors.Join(err, a.document(doc))
	}
	for _, o := range doc.Targets {
		a.printOutcome(o, flags.dryRun)
	}
	return err
}

// toPublish is what is delivered: a release, or a report alone.
func toPublish(d *publish.Delivery, flags publishFlags, args []string) (*release.Folder, error) {
	if flags.report != "" {
		if !d.Logs() {
			return nil, outcome.Usagef("publish: --report goes to mlflow only; a release folder goes to the other targets")
		}
		return publish.OfReport(flags.report)
	}
	dir, err := expand(args[0])
	if err != nil {
		return nil, err
	}
	return release.Open(dir)
}

// stagePublish is what the line of progress begins with.
const stagePublish = acdeploy.Stage("publish")

// delivering shows what goes on at a target.
func (a *app) delivering(target, note string) {
	a.progress.observe(acdeploy.Event{Stage: stagePublish, Note: target + ": " + note})
}

// printOutcome prints what became of one target, or what would; an error is told at the end.
func (a *app) printOutcome(o publish.Outcome, dryRun bool) {
	switch {
	case dryRun:
		a.printf("%s would\n", o.Target)
	case o.Error != "":
		a.printf("%s: not delivered\n", o.Target)
	case o.Unchanged:
		a.printf("%s: unchanged, %s\n", o.Target, o.Reference)
	default:
		a.printf("%s: %s\n", o.Target, o.Reference)
	}
	for _, line := range append(o.Plan, o.Done...) {
		a.printf("  %s\n", line)
	}
}
