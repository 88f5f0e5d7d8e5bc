// Package job is the domain: what a job is, which states it moves through and who moves it, how it fails,
// and how its id and its objects are named. Both HTTP APIs are façades over the one Job type here.
//
// Start with Job, and with State for its life. The package imports only the standard library,
// and knows nothing of HTTP, SQL, S3 or ffmpeg's options.
package job

import "time"

// API says which façade a job came in by, and so which of them may show it.
type API string

const (
	Transcodes API = "transcodes" // the /v1 API: Job.Transcode is set
	FFmpeg     API = "ffmpeg"     // the /api API: Job.Commands is set
)

// Job is one piece of work and everything that is known of it. Tables store it whole.
// Times are UTC with millisecond precision; the zero time stands for "not yet".
type Job struct {
	ID    string `json:"id"`               // lower-case UUID
	Owner string `json:"owner"`            // whose key created it; nobody else may see it
	KeyID string `json:"key_id,omitempty"` // of the key that created it; empty: no key did (Inbox)
	API   API    `json:"api"`
	State State  `json:"state"`

	// Attempt counts the claims, and never goes down: it fences off a worker that lost the job.
	// Returned counts those of them that were handed back unfinished (a graceful stop) and so cost no try.
	Attempt  int `json:"attempt"`
	Returned int `json:"returned,omitempty"`

	CreatedAt  time.Time `json:"created_at"`
	StartedAt  time.Time `json:"started_at,omitzero"`  // the last claim
	FinishedAt time.Time `json:"finished_at,omitzero"` // set by every terminal state
	UpdatedAt  time.Time `json:"updated_at"`           // moves at every change of State, and only then
	LeaseUntil time.Time `json:"lease_until,omitzero"` // while running: past it, the job may be taken over
	SentAt     time.Time `json:"sent_at,omitzero"`     // when its message was sent, the last time
	NotBefore  time.Time `json:"not_before,omitzero"`  // of a job that waits for its next try: see Waits

	Inputs     []Input       `json:"inputs,omitempty"`
	Transcode  *Transcode    `json:"transcode,omitempty"`
	Commands   *Commands     `json:"commands,omitempty"`
	Metadata   string        `json:"metadata,omitempty"` // the caller's JSON object, byte for byte
	WebhookURL string        `json:"webhook_url,omitempty"`
	Inbox      string        `json:"inbox,omitempty"`    // the object under InboxPrefix that it was made from: its results go to the outbox
	BaseURL    string        `json:"base_url,omitempty"` // where its creator reached the server; links in its webhooks begin with it
	Machine    string        `json:"machine,omitempty"`
	Timeout    time.Duration `json:"timeout"`             // wall time that one attempt may take
	BodyHash   string        `json:"body_hash,omitempty"` // see Fingerprint; compared when an Idempotency-Key comes again

	Sandbox string `json:"sandbox,omitempty"` // what the kernel held the last attempt by: "landlock abi 7, seccomp on", "off"; empty: it did not begin

	Progress Progress `json:"progress,omitzero"`
	Ran      []Option `json:"ran,omitempty"` // the options of the one command as it ran, local paths replaced by names
	Outputs  []Output `json:"outputs,omitempty"`
	Failure  *Failure `json:"failure,omitempty"` // set if and only if State is Failed
	Setback  *Failure `json:"setback,omitempty"` // why the last try failed that was followed by another; for operators, no API shows it
	Notice   Notice   `json:"notice,omitzero"`
}

// Notice is how far the world was told of a job's end: its webhook called, its outbox filled.
// The terminal move makes it due, in the same write: a message that gets lost is sent again by rescue.
type Notice struct {
	DueAt time.Time `json:"due_at,omitzero"` // when to tell, or to try again; zero: nothing is left to tell
	Tries int       `json:"tries,omitempty"`
	Error string    `json:"error,omitempty"` // what the last try came to, where it failed; nothing secret
	Calls Calls     `json:"calls,omitzero"`
}

// Calls is what came of calling the job's webhook. Unlike Notice.Tries it goes on over a Retell.
type Calls struct {
	Count       int       `json:"count"`
	Status      int       `json:"status,omitempty"`      // the last answer's; 0: none came
	DeliveredAt time.Time `json:"delivered_at,omitzero"` // when a call was answered with 2xx, the last time
}

// Tells reports whether somebody is to be told of the job's end.
func (j Job) Tells() bool { return j.WebhookURL != "" || j.Inbox != "" }

// Tries is how many attempts were spent: claims that were not handed back.
func (j Job) Tries() int { return j.Attempt - j.Returned }

// MaxWait is the longest that a job waits between two tries. A NotBefore that is further away is a clock's mistake.
const MaxWait = 2 * time.Minute

// Waits is how long after at the job must not be claimed yet: a failed try is followed by a pause. 0: it can be now.
func (j Job) Waits(at time.Time) time.Duration {
	if d := j.NotBefore.Sub(at); d > 0 && d <= MaxWait {
		return d
	}
	return 0
}

// Copy is j once more, under another id, as if it were created at that time.
func (j Job) Copy(id string, at time.Time) Job {
	c := j.AsCreated()
	c.ID, c.CreatedAt, c.UpdatedAt, c.BodyHash = id, Milli(at), Milli(at), ""
	return c
}

// Input is one source file.
type Input struct {
	Name    string   `json:"name"`              // the file's name in the job's inputs/ folder
	URL     string   `json:"url"`               // http(s), or gs:// or s3:// of our own bucket
	Options []Option `json:"options,omitempty"` // placed before this input's -i (transcodes API only)
	Bytes   int64    `json:"bytes,omitempty"`   // 0 until fetched
	Media   *Media   `json:"media,omitempty"`   // nil until probed, and where the file is no media
}

// Option is one ffmpeg option, in the form that the transcodes API uses.
type Option struct {
	Option   string `json:"option"`             // with its dash: "-ss"
	Argument string `json:"argument,omitempty"` // empty: a flag that takes none
}

// Transcode is the work of a job of the transcodes API: one output, made from all inputs.
type Transcode struct {
	Format     string   `json:"format"` // as sent, so perhaps "MP4"; the output's extension is spelt the same
	Quality    string   `json:"quality,omitempty"`
	Resolution string   `json:"resolution,omitempty"`
	HasPreset  bool     `json:"has_preset,omitempty"` // a preset object was sent, empty or not
	Options    []Option `json:"options,omitempty"`
	Filters    []string `json:"filters,omitempty"`
}

// Commands is the work of a job of the ffmpeg API: the caller's own command lines, run in order in one folder.
type Commands struct {
	Lines   []string `json:"lines"`   // as sent
	Outputs []string `json:"outputs"` // as sent: literal names, printf patterns, globs
}

// Output is one kept file.
type Output struct {
	Name        string `json:"name"` // unique in the job
	Key         string `json:"key"`  // in our bucket
	ContentType string `json:"content_type"`
	Bytes       int64  `json:"bytes"`
	Media       *Media `json:"media,omitempty"` // nil where it was not probed
}

// Media is what a probe found in a file. A zero field means that the file does not say.
type Media struct {
	Format     string  `json:"format"`   // the demuxer's first short name: "mov", "matroska", "mp3"
	Duration   float64 `json:"duration"` // seconds
	Bytes      int64   `json:"bytes"`
	Width      int     `json:"width,omitempty"` // of the picture as it is shown: rotation and pixel aspect applied
	Height     int     `json:"height,omitempty"`
	FPS        float64 `json:"fps,omitempty"`
	VideoCodec string  `json:"video_codec,omitempty"`
	AudioCodec string  `json:"audio_codec,omitempty"`
	HasVideo   bool    `json:"has_video,omitempty"` // a moving picture or a still image, but not cover art
	HasAudio   bool    `json:"has_audio,omitempty"`

	// How the picture is coded, in ffmpeg's words.
	PixelFormat string `json:"pixel_format,omitempty"` // "yuv420p10le", "rgba"; of VP8 and VP9 with transparency "yuva420p"
	ColorSpace  string `json:"color_space,omitempty"`  // the matrix: "bt709", "smpte170m", "bt2020nc", "gbr"; empty: not said
	HDR         string `json:"hdr,omitempty"`          // the transfer function of a high dynamic range: "smpte2084" (PQ) or "arib-std-b67" (HLG)
	Interlaced  bool   `json:"interlaced,omitempty"`   // said of the whole stream
	Uneven      bool   `json:"uneven,omitempty"`       // frames come at times finer than a 60th of a second, though fewer come: a screen recording

	Channels int    `json:"channels,omitempty"` // of the sound
	Subtitle string `json:"subtitle,omitempty"` // codec of the first subtitles that are text
}

// Progress is how far a running job has come. It only grows within an attempt.
type Progress struct {
	Percent *float64 `json:"percent,omitempty"` // 0..100; nil where the length of the work cannot be known
	Speed   float64  `json:"speed,omitempty"`   // seconds of media a second; 0 unknown
	ETA     float64  `json:"eta,omitempty"`     // seconds left; 0 unknown
	Command int      `json:"command,omitempty"` // 1-based number of the command that runs; 0 before the first
}

// AsCreated is j as it was when its create was answered. A create that comes again under the same Idempotency-Key
// gets that answer once more, whatever became of the job since.
func (j Job) AsCreated() Job {
	inputs := make([]Input, len(j.Inputs))
	for i, in := range j.Inputs {
		inputs[i] = Input{Name: in.Name, URL: in.URL, Options: in.Options}
	}
	return Job{
		ID: j.ID, Owner: j.Owner, KeyID: j.KeyID, API: j.API, State: Pending,
		CreatedAt: j.CreatedAt, UpdatedAt: j.CreatedAt,
		Inputs: inputs, Transcode: j.Transcode, Commands: j.Commands, Metadata: j.Metadata,
		WebhookURL: j.WebhookURL, Inbox: j.Inbox, BaseURL: j.BaseURL, Machine: j.Machine, Timeout: j.Timeout, BodyHash: j.BodyHash,
	}
}
