package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// measureCalls has the tests of the functions take a job through its life with stand-ins for AWS.
func measureCalls(ctx context.Context, _ *bench) ([]figure, error) {
	const name = "BenchmarkJob"
	cmd := exec.CommandContext(ctx, "go", "test", "./functions", "-run", "^$", "-bench", "^"+name+"$", "-benchtime", "1x")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	m, err := metrics(string(out), name)
	if err != nil {
		return nil, err
	}
	calls := func(part string) string {
		return fmt.Sprintf("%s (DynamoDB %.0f, S3 %.0f, SQS %.0f)", part, m["dynamodb-calls"], m["s3-calls"], m["sqs-calls"])
	}
	return []figure{
		{name: "AWS calls of a job until its client has read that it is done", value: m["until-read-calls"], unit: "calls", must: 12},
		{name: calls("and with the download"), value: m["calls"], unit: "calls"},
		{name: "DynamoDB, writes of a job", value: m["write-units"], unit: "units"},
		{name: "DynamoDB, reads of a job", value: m["read-units"], unit: "units"},
		{name: "DynamoDB, writes of a heartbeat", value: m["heartbeat-units"], unit: "units"},
	}, nil
}

// metrics reads the line of a benchmark: its name, how often it ran, and pairs of a value and a unit.
func metrics(output, name string) (map[string]float64, error) {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], name) {
			continue
		}
		found := map[string]float64{}
		for pair := fields[2:]; len(pair) >= 2; pair = pair[2:] {
			value, err := strconv.ParseFloat(pair[0], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
			}
			found[pair[1]] = value
		}
		return found, nil
	}
	return nil, fmt.Errorf("%s was not run: %s", name, output)
}
