// Package hooks calls webhooks: one signed POST that tells a job's end.
//
// NewSecrets and New make a Poster; Post is one try. When to try again is for package notify.
// The URL comes from a stranger, so what it may reach is decided by package address, and the time that it may take here.
package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	tryTime = 10 * time.Second // of one try in all, where a Config names none
	maxRead = 4 << 10          // bytes of an answer's body: so much is read for politeness, none is looked at
)

// Config is what a Poster works with.
type Config struct {
	Secrets      *Secrets
	Rotation     func(ctx context.Context, id string) (job.Rotation, error) // of a secret; nil: none ever was
	AllowPrivate []netip.Prefix                                             // private or special ranges that webhooks may lead to
	UserAgent    string                                                     // "fflambda/<version>"
	Timeout      time.Duration                                              // of one try: look-up, connection, request and answer together; 10 s
	Now          func() time.Time
}

// Poster calls webhooks. It is safe for concurrent use.
type Poster struct {
	c       Config
	guard   *address.Guard
	network *http.Transport // and no http.Client about it, which would read where a redirect leads
}

// New makes a Poster. It opens nothing; there is nothing to close.
func New(c Config) *Poster {
	if c.Timeout <= 0 {
		c.Timeout = tryTime
	}
	guard := address.New(c.AllowPrivate, c.Timeout)
	// No proxy of the environment, and a connection a request: a kept one would stay open while a Lambda sleeps.
	return &Poster{c: c, guard: guard, network: &http.Transport{
		Proxy:                  nil,
		DialContext:            guard.Dial,
		DisableCompression:     true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}}
}

// Post sends body, the bare job as JSON, to j.WebhookURL once, signed by the Standard Webhooks scheme: the header
// webhook-id is the same in every try, and webhook-signature holds one signature for each secret that is valid now.
//
// status is the answer's, 0 where none came. A nil error: the receiver answered 2xx. An *Error: it did not, and says why.
// Any other error is ctx's, or ours.
func (p *Poster) Post(ctx context.Context, j job.Job, body []byte) (status int, err error) {
	u, err := url.Parse(j.WebhookURL)
	if err != nil {
		return 0, finalf("the webhook's URL cannot be read: it has to look like https://host/path")
	}
	if err := checkURL(u); err != nil {
		return 0, err
	}
	u.RawQuery = address.Query(u.RawQuery)
	header, err := p.header(ctx, j, body)
	if err != nil {
		return 0, fmt.Errorf("sign webhook of job %s: %w", j.ID, err)
	}
	try, cancel := context.WithTimeout(ctx, p.c.Timeout)
	defer cancel()
	status, err = p.send(try, u, header, body)
	switch {
	case err == nil:
		return status, refused(siteOf(u), status)
	case ctx.Err() != nil: // the receiver had no fair try
		return 0, fmt.Errorf("call webhook of job %s: %w", j.ID, context.Cause(ctx))
	case errors.Is(err, context.DeadlineExceeded):
		return 0, failf("%s did not answer within %s", siteOf(u), p.c.Timeout)
	}
	return 0, explain(siteOf(u), err)
}

// checkURL refuses what no try can make good. A user name and password are refused, not sent: they would be stored
// with the job for everybody to see who may see it.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return finalf("webhooks are called over http or https")
	case u.Opaque != "" || u.Hostname() == "":
		return finalf("the webhook's URL has no host: it has to look like https://host/path")
	case u.User != nil:
		return finalf("%s: a webhook's URL with a user name or password in it is not called: check the signature instead", siteOf(u))
	case strings.Contains(u.Hostname(), "%"):
		return finalf("%s: an address with a zone is not called", siteOf(u))
	}
	return nil
}

// header signs body for now: a receiver refuses signatures that are older than 5 minutes.
func (p *Poster) header(ctx context.Context, j job.Job, body []byte) (http.Header, error) {
	id, now := "msg_"+j.ID, p.c.Now()
	var rotation job.Rotation
	if p.c.Rotation != nil {
		var err error
		if rotation, err = p.c.Rotation(ctx, SecretID(j)); err != nil {
			return nil, err
		}
	}
	var signatures []string
	for _, secret := range p.c.Secrets.Valid(SecretID(j), rotation, now) {
		webhook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, err
		}
		signature, err := webhook.Sign(id, now, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", p.c.UserAgent)
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return h, nil
}

// send makes the request and gives the answer's status.
func (p *Poster) send(ctx context.Context, u *url.URL, header http.Header, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header = header
	response, err := p.network.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close() //nolint:errcheck // the status is all that counts
	// What comes after the status changes nothing any more, be it slow, too long or cut off.
	_, _ = io.CopyN(io.Discard, response.Body, maxRead)
	return response.StatusCode, nil
}
