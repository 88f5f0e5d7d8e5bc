// Command fflambda is ffmpeg as an HTTP service that you run yourself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/fflambda/fflambda/shared/ffmpeg"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

const usage = `fflambda is ffmpeg as an HTTP service that you run yourself.

  fflambda serve              both APIs, the queue, the files and the workers, on one port and one folder
  fflambda keys add NAME      make an API key for the owner NAME; it is shown once
  fflambda keys list          list the keys
  fflambda keys revoke ID     revoke a key
  fflambda keys secret ID     print what the webhooks of its jobs are signed with
  fflambda keys rotate-secret ID
                              replace that; the old secret signs, too, for a day
  fflambda webhooks list OWNER
                              list the owner's webhooks that were not delivered
  fflambda webhooks retry JOB call a job's webhook again
  fflambda dead list [OWNER]  list the jobs that no worker could take, of one owner or of all
  fflambda dead retry JOB     make a new job of one of them; --all [OWNER] of each
  fflambda check FILE         say what a request of the ffmpeg API would run, or what is wrong with it
  fflambda links rotate       sign download links with a new key; those of the key before still work
  fflambda version            print the version

"fflambda serve --help" lists every setting.
`

// program is what a subcommand gets to see of the world.
type program struct {
	environ     []string
	in          io.Reader
	out, errOut io.Writer
}

func main() {
	ffmpeg.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Once the first signal is seen the default is back: a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	p := &program{environ: os.Environ(), in: os.Stdin, out: os.Stdout, errOut: os.Stderr}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// usages are what subcommands answer to --help that do not say it themselves.
func usages() map[string]error {
	return map[string]error{"keys": errKeysUsage, "webhooks": errWebhooksUsage, "dead": errDeadUsage, "links": errLinksUsage}
}

// run returns the exit code: 0 done, 1 failed, 2 called wrongly.
func (p *program) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(p.errOut, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "serve":
		err = p.serve(ctx, args[1:])
	case "keys":
		err = p.keys(ctx, args[1:])
	case "webhooks":
		err = p.webhooks(ctx, args[1:])
	case "dead":
		err = p.dead(ctx, args[1:])
	case "check":
		err = p.check(args[1:])
	case "links":
		err = p.links(ctx, args[1:])
	case "version", "--version", "-v":
		fmt.Fprintln(p.out, version)
	case "help", "--help", "-h":
		fmt.Fprint(p.out, usage)
	default:
		fmt.Fprintf(p.errOut, "fflambda: no such command: %q\n\n%s", args[0], usage)
		return 2
	}
	switch help := usages()[args[0]]; {
	case err == nil:
		return 0
	case help != nil && errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(p.out, help)
		return 0
	}
	fmt.Fprintf(p.errOut, "fflambda: %v\n", err)
	return 1
}
