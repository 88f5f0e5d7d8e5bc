package config

import "strings"

// setting is one thing that can be told.
type setting struct {
	name  string // of the flag; the variable is FFLAMBDA_ and the same in capitals, with _ for -
	value string // what stands for its value in the help
	def   string // parsed where nothing is given; empty: Parse has set it before
	shown string // the default's text in the help, if def is not it
	help  string

	secret bool // its value is never printed
	aws    bool // names a part in AWS: --store aws needs it
	parse  func(s *Serve, raw string) error
}

const prefix = "FFLAMBDA_"

func (s setting) env() string { return prefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_")) }

// settings is the table of all there are, in the order of the help. The functions that parse say in their
// errors what is allowed; the caller says where it stood.
func settings() []setting {
	return []setting{
		{name: "listen", value: "HOST:PORT", def: "127.0.0.1:8080", help: "where to answer; 0.0.0.0:8080 for every network",
			parse: func(s *Serve, raw string) (err error) { s.Listen, err = address(raw); return }},
		{name: "data", value: "DIR", def: "fflambda-data", help: "folder of the jobs, keys and files",
			parse: func(s *Serve, raw string) (err error) { s.Data, err = path(raw); return }},
		{name: "public-url", value: "URL", shown: "http:// and the address listened on", help: "where clients reach this server: scheme and host",
			parse: func(s *Serve, raw string) (err error) { s.PublicURL, err = publicURL(raw); return }},
		{name: "workers", value: "N", shown: "half the cores, at least 1", help: "jobs that run at the same time, 0 to 256; 0 serves the APIs only",
			parse: func(s *Serve, raw string) (err error) { s.Workers, err = whole(raw, 0, 256); return }},
		{name: "ffmpeg", value: "PATH", def: "ffmpeg", shown: "ffmpeg in PATH", help: "the ffmpeg to run; ffprobe has to be beside it",
			parse: func(s *Serve, raw string) (err error) { s.FFmpeg, err = program(raw); return }},
		{name: "sandbox", value: "on|off", def: "on", help: "whether ffmpeg reaches nothing but the folder of its job; off only where you know all callers",
			parse: func(s *Serve, raw string) error {
				word, err := oneOf(raw, "on", "off")
				s.Sandbox = word == "on"
				return err
			}},
		{name: "api-keys", value: "OWNER:KEY,...", shown: "none", help: "API keys beside those of `fflambda keys`; better as the variable, for others see flags",
			secret: true, parse: func(s *Serve, raw string) (err error) { s.APIKeys, err = apiKeys(raw); return }},
		{name: "rate-limit", value: "N", def: "10", help: "requests a second that a key may make on /api, with a burst of 20; 0 is off",
			parse: func(s *Serve, raw string) (err error) { s.RateLimit, err = rate(raw); return }},
		{name: "rate-limit-v1", value: "N", def: "0", help: "the same on /v1",
			parse: func(s *Serve, raw string) (err error) { s.RateLimitV1, err = rate(raw); return }},
		{name: "quota", value: "LIMITS", shown: "none", help: "what an owner may use in a calendar month (UTC), in minutes of media, jobs and bytes of outputs: minutes=1000,jobs=500,bytes=50GB",
			parse: func(s *Serve, raw string) (err error) { s.Quotas.Each, err = quota(raw); return }},
		{name: "quota-owners", value: "OWNER:LIMITS;...", shown: "none", help: "owners with a quota of their own instead: alice:jobs=10,minutes=5;bob:none",
			parse: func(s *Serve, raw string) (err error) { s.Quotas.Owners, err = ownerQuotas(raw); return }},
		{name: "max-queued", value: "N", def: "10000", help: "jobs that wait at the most; a create beyond that is answered with 503; 0 is no limit",
			parse: func(s *Serve, raw string) (err error) { s.Limits.Queued, err = whole(raw, 0, mostJobs); return }},
		{name: "max-queued-owner", value: "N", def: "0", help: "jobs of one owner that wait at the most; a create beyond that is answered with 429; 0 is no limit",
			parse: func(s *Serve, raw string) (err error) { s.Limits.QueuedOwner, err = whole(raw, 0, mostJobs); return }},
		{name: "max-running-owner", value: "N", def: "0", help: "jobs of one owner that run at the same time, the others wait; 0 is no limit",
			parse: func(s *Serve, raw string) (err error) { s.Limits.RunningOwner, err = whole(raw, 0, mostJobs); return }},
		{name: "allow-private", value: "CIDR,...", shown: "none", help: "private or special addresses that inputs may come from: 10.0.0.0/8,192.168.1.7",
			parse: func(s *Serve, raw string) (err error) { s.AllowPrivate, err = prefixes(raw); return }},
		{name: "max-input-bytes", value: "SIZE", def: "2GiB", help: "largest input: 1048576, 500MB, 2GiB",
			parse: func(s *Serve, raw string) (err error) { s.MaxInputBytes, err = size(raw); return }},
		{name: "input-stall", value: "DURATION", def: "30s", help: "longest that an input's host may be silent",
			parse: func(s *Serve, raw string) (err error) { s.InputStall, err = duration(raw); return }},
		{name: "max-output-bytes", value: "SIZE", def: "10GiB", help: "most that the outputs of a job may have together",
			parse: func(s *Serve, raw string) (err error) { s.MaxOutputBytes, err = size(raw); return }},
		{name: "max-memory", value: "SIZE", shown: "an equal share of the machine's or the container's for each worker, at least 1GiB", help: "memory that an ffmpeg may take; held by the sandbox",
			parse: func(s *Serve, raw string) (err error) { s.MaxMemoryBytes, err = size(raw); return }},
		{name: "max-cpu", value: "DURATION", shown: "the job's time limit, on every processor", help: "processor time that an ffmpeg may take, in all its threads together; held by the sandbox",
			parse: func(s *Serve, raw string) (err error) { s.MaxCPU, err = duration(raw); return }},
		{name: "timeout", value: "DURATION", def: "6h", help: "longest that a job may run: 90s, 30m, 6h, 2d",
			parse: func(s *Serve, raw string) (err error) { s.Timeout, err = duration(raw); return }},
		{name: "max-attempts", value: "N", def: "3", help: "tries that a job has when its worker is lost or what failed can pass, 1 to 100",
			parse: func(s *Serve, raw string) (err error) { s.MaxAttempts, err = whole(raw, 1, 100); return }},
		{name: "grace", value: "DURATION", def: "30s", help: "at SIGTERM, time for running jobs before they go back to the queue",
			parse: func(s *Serve, raw string) (err error) { s.Grace, err = duration(raw); return }},
		{name: "retention", value: "DURATION", def: "720h", shown: "720h, 30 days", help: "age at which uploads and outputs are deleted",
			parse: func(s *Serve, raw string) (err error) { s.Retention, err = duration(raw); return }},
		{name: "inbox-recipe", value: "JSON", shown: "MP4, 720p, medium quality", help: "what becomes of a file in the inbox whose folder has no recipe.json: a create body of either API without its inputs",
			parse: func(s *Serve, raw string) (err error) { s.InboxRecipe, err = object(raw); return }},
		{name: "store", value: "local|aws", def: "local", help: "where jobs, keys and files are: in the data folder, or in DynamoDB, SQS and S3",
			parse: func(s *Serve, raw string) (err error) { s.Store, err = oneOf(raw, storeLocal, storeAWS); return }},
		aws("table", "NAME", "DynamoDB table of the jobs and keys", func(s *Serve) *string { return &s.AWS.Table }),
		aws("bucket", "NAME", "S3 bucket of the files", func(s *Serve) *string { return &s.AWS.Bucket }),
		aws("queue-url", "URL", "SQS queue of the jobs", func(s *Serve) *string { return &s.AWS.QueueURL }),
		aws("dead-url", "URL", "its dead-letter queue", func(s *Serve) *string { return &s.AWS.DeadURL }),
		aws("notices-url", "URL", "SQS queue of the ended jobs that somebody is told of", func(s *Serve) *string { return &s.AWS.NoticesURL }),
		aws("link-parameter", "NAME", "SSM parameter of the key that signs links", func(s *Serve) *string { return &s.AWS.LinkParameter }),
		aws("webhook-parameter", "NAME", "SSM parameter of the secret behind the webhooks' signatures", func(s *Serve) *string { return &s.AWS.WebhookParameter }),
		{name: "status-queued", value: "always|never", def: "always", help: "never: /v1 says pending where it would say queued",
			parse: func(s *Serve, raw string) error {
				word, err := oneOf(raw, "always", "never")
				s.StatusQueued = word == "always"
				return err
			}},
		{name: "log-level", value: "LEVEL", def: "info", help: "debug, info, warn or error",
			parse: func(s *Serve, raw string) (err error) { s.LogLevel, err = level(raw); return }},
		{name: "log-format", value: "text|json", def: "text", help: "how log lines are written",
			parse: func(s *Serve, raw string) (err error) { s.LogFormat, err = oneOf(raw, "text", "json"); return }},
	}
}

// aws is a setting that names a part in AWS.
func aws(name, value, help string, at func(*Serve) *string) setting {
	return setting{name: name, value: value, shown: "none; --store aws needs it", help: help, aws: true,
		parse: func(s *Serve, raw string) (err error) { *at(s), err = awsName(raw, value == "URL"); return }}
}

func awsNames() []string {
	var names []string
	for _, set := range settings() {
		if set.aws {
			names = append(names, set.name)
		}
	}
	return names
}
