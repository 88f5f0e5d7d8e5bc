package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

const (
	starts    = 20               // of each function
	startTime = 30 * time.Second // for one start

	ffmpegInImage = "build/ffmpeg/rootfs/bin/ffmpeg" // where `make ffmpeg` leaves what the image takes
)

// functions are the programs for Lambda, by name. Those of the image come last.
func functions() []string {
	return []string{"status", "download", "upload", "cancel", "create", "webhook", "rescue", "ingest", "probe", "worker"}
}

// inImage reports whether a function is a part of the container image, and not a zip.
func inImage(function string) bool { return function == "probe" || function == "worker" }

// compile builds the functions with the flags that SAM is given, once for each architecture (as Go calls it), and
// returns their programs' paths by name.
func (b *bench) compile(ctx context.Context, arch string) (map[string]string, error) {
	programs := map[string]string{}
	for _, f := range functions() {
		path := filepath.Join(b.folder, arch, f)
		programs[f] = path
		if _, err := os.Stat(path); err == nil {
			continue
		}
		cmd := exec.CommandContext(ctx, "sh", "-c", `eval "$(make -s --no-print-directory sam-env)" && exec go build -o "$0" "$1"`, path, "./functions/"+f)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w: %s", f, err, out)
		}
	}
	return programs, nil
}

// measureStart times exec → the first poll of the runtime API: what Lambda calls a cold start, without its own part.
func measureStart(ctx context.Context, b *bench) ([]figure, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("the functions run on Linux only")
	}
	programs, err := b.compile(ctx, runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	must := map[string]float64{"status": 30, "create": 50}
	var all []figure
	for _, f := range functions() {
		var ms []float64
		for range starts {
			d, err := start(ctx, programs[f])
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", f, err)
			}
			ms = append(ms, float64(d)/float64(time.Millisecond))
		}
		all = append(all, figure{name: "exec → first poll, `" + f + "`", value: median(ms), unit: "ms", must: must[f]})
	}
	return all, nil
}

// start runs a function against a runtime API that has no event for it, until it asks for one.
func start(ctx context.Context, program string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	polled := make(chan time.Time, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, r *http.Request) {
		polled <- time.Now()
		<-r.Context().Done()
	})
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "bench")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: startTime}
	go server.Serve(l)   //nolint:errcheck // Close ends it
	defer server.Close() //nolint:errcheck // nothing is lost

	cmd := exec.CommandContext(ctx, program)
	cmd.Env = functionEnvironment(l.Addr().String())
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	var ended error
	exited := make(chan struct{})
	go func() {
		ended = cmd.Wait()
		close(exited)
	}()
	select {
	case at := <-polled:
		_ = cmd.Process.Kill()
		<-exited
		return at.Sub(began), nil
	case <-exited:
		return 0, errors.Join(errors.New("it ended"), ended)
	}
}

// functionEnvironment is what any function needs to start. Nothing of it is called.
func functionEnvironment(runtimeAPI string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_RUNTIME_API=" + runtimeAPI, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=3008",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token",
		"FFLAMBDA_TABLE=bench", "FFLAMBDA_BUCKET=bench", "FFLAMBDA_LINK_PARAMETER=/bench/link", "FFLAMBDA_WEBHOOK_PARAMETER=/bench/hook",
		"FFLAMBDA_PUBLIC_URL=https://bench.example",
	}
	for _, queue := range []string{"QUEUE", "DEAD", "NOTICES"} {
		env = append(env, "FFLAMBDA_"+queue+"_URL=https://sqs.us-east-1.amazonaws.com/123456789012/"+queue)
	}
	if path, ok := imageFFmpeg(); ok {
		env = append(env, "FFLAMBDA_FFMPEG="+path)
	}
	return slices.Clip(env)
}

// imageFFmpeg is the ffmpeg that goes into the worker's image, where it is built.
func imageFFmpeg() (path string, ok bool) {
	path, err := filepath.Abs(ffmpegInImage)
	if err != nil {
		return "", false
	}
	_, err = os.Stat(path)
	return path, err == nil
}
