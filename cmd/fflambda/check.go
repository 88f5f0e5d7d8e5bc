package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/transcodes"
)

const checkUsage = `usage: fflambda check [--json] FILE

Reads what would be the body of POST /api/ffmpeg from FILE, or from standard input where FILE is -, and prints the
commands that ffmpeg would get and the outputs that would be kept. Nothing is run, fetched or stored, and no server is
asked. A body that the API would refuse is answered with its error, and exit code 1.

  --json   print what POST /api/validate answers
`

var errCheckUsage = errors.New("usage: fflambda check [--json] FILE, with - for standard input")

// check is POST /api/validate without a server.
func (p *program) check(args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.out, checkUsage)
		return nil
	case err != nil || flags.NArg() != 1:
		return errCheckUsage
	}
	body, err := p.readBody(flags.Arg(0))
	if err != nil {
		return err
	}
	request, refused := ffmpegapi.ParseCreate(body)
	if *asJSON {
		return errors.Join(p.printJSON(request, refused), refused)
	}
	if refused != nil {
		return refused
	}
	p.printCommands(request)
	return nil
}

// readBody reads a little more than the API takes, so that it can say so.
func (p *program) readBody(name string) ([]byte, error) {
	in := p.in
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the caller's own file
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	return io.ReadAll(io.LimitReader(in, ffmpegapi.MaxBody+1))
}

// printJSON prints the body of the API's answer, an error's too.
func (p *program) printJSON(request ffmpegapi.Request, refused error) error {
	var answer any = ffmpegapi.Valid(request)
	if refused != nil {
		answer = refused
	}
	text, err := transcodes.Encode(answer)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "%s\n", strings.TrimSpace(string(text)))
	return err
}

// printCommands prints one line a command, as it could be typed into a shell, and one an output.
func (p *program) printCommands(request ffmpegapi.Request) {
	for _, args := range request.Args {
		fmt.Fprint(p.out, "ffmpeg")
		for _, word := range args {
			fmt.Fprint(p.out, " ", quote(word))
		}
		fmt.Fprintln(p.out)
	}
	for _, name := range request.Commands.Outputs {
		fmt.Fprintln(p.out, "output", name)
	}
}

// quote writes a word as a POSIX shell reads it.
func quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%^"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
