package functions_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/shared/config"
)

// event is a file of events/: <function>.json, or <function>-<what it is about>.json.
type event struct {
	file     string
	function string
	data     []byte
}

func allEvents(t *testing.T) []event {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		function, _, _ := strings.Cut(name, "-")
		all = append(all, event{name, strings.ToUpper(function[:1]) + function[1:], data})
	}
	return all
}

// TestEvents: every function has one, and each is of the kind that its function gets.
func TestEvents(t *testing.T) {
	t.Parallel()
	missing := names()
	for _, e := range allEvents(t) {
		if !slices.Contains(names(), e.function) {
			t.Errorf("%s.json is of no function", e.file)
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return strings.EqualFold(name, e.file) })
		switch e.function {
		case "Worker", "Webhook":
			messageEvent(t, e)
		case "Ingest":
			objectEvent(t, e)
		case "Rescue":
			scheduleEvent(t, e)
		default:
			requestEvent(t, e)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no event of %s", strings.Join(missing, ", "))
	}
}

func requestEvent(t *testing.T, e event) {
	t.Helper()
	var got events.APIGatewayProxyRequest
	decode(t, e, &got)
	route := got.HTTPMethod + " " + got.Resource
	if got.Resource == "/{proxy+}" {
		route = "ANY /{proxy+}"
	}
	if !slices.ContainsFunc(routes(), func(r string) bool { return strings.HasPrefix(r, route+" "+e.function) }) {
		t.Errorf("%s: %s is no route of %s", e.file, route, e.function)
	}
	if got.RequestContext.Path != "/prod"+got.Path || got.RequestContext.ResourcePath != got.Resource || got.RequestContext.Stage != "prod" {
		t.Errorf("%s: path and requestContext do not fit together", e.file)
	}
	for name, value := range got.Headers {
		if !slices.Equal(got.MultiValueHeaders[name], []string{value}) {
			t.Errorf("%s: the header %s differs between headers and multiValueHeaders", e.file, name)
		}
	}
}

func messageEvent(t *testing.T, e event) {
	t.Helper()
	var got events.SQSEvent
	decode(t, e, &got)
	queue := map[string]string{"Worker": "JobsQueue", "Webhook": "NoticesQueue"}[e.function]
	if len(got.Records) != 1 || !strings.Contains(got.Records[0].EventSourceARN, queue) {
		t.Errorf("%s: want one message of %s", e.file, queue)
	}
}

func objectEvent(t *testing.T, e event) {
	t.Helper()
	var got events.S3Event
	decode(t, e, &got)
	key, err := url.QueryUnescape(got.Records[0].S3.Object.Key)
	if err != nil || !strings.HasPrefix(key, "inbox/demo/") {
		t.Errorf("%s: the key is %q, %v", e.file, key, err)
	}
}

func scheduleEvent(t *testing.T, e event) {
	t.Helper()
	var got struct{ Source, Detail string }
	if err := json.Unmarshal(e.data, &got); err != nil || got.Source != "aws.scheduler" || got.Detail != "{}" {
		t.Errorf("%s: got %+v, %v", e.file, got, err)
	}
}

func decode(t *testing.T, e event, v any) {
	t.Helper()
	if err := json.Unmarshal(e.data, v); err != nil {
		t.Errorf("%s: %v", e.file, err)
	}
}

// TestEnvironment: what the template tells a function, with the parameters' defaults, is what shared/config takes.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	template := translated(t)
	for _, name := range names() {
		variables, _ := at(template.Resources[name].Properties, "Environment", "Variables").(map[string]any)
		var environ []string
		for key, value := range variables {
			if value, ok := resolve(template, key, value); ok {
				environ = append(environ, key+"="+value)
			}
		}
		if _, err := config.Function(environ, "table"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// resolve is the value of a variable on AWS, where no parameter is given. ok is false where there is none.
func resolve(template template, key string, v any) (value string, ok bool) {
	if branches := list(at(v, "Fn::If")); len(branches) == 3 { // every condition of the template asks for a parameter that is empty
		v = branches[2]
	}
	value = text(v)
	parameter, isParameter := template.Parameters[value]
	switch {
	case value == "AWS::NoValue":
		return "", false
	case isParameter && strings.Contains(text(v), value):
		return text(parameter.Default), true
	case strings.HasSuffix(key, "_URL"):
		return "https://host.example/prod", true
	}
	return strings.ReplaceAll(value, "${RetentionDays}", text(template.Parameters["RetentionDays"].Default)), true
}
