package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

// siteOf is all of a URL that texts may show: a path or a query can hold secrets.
func siteOf(u *url.URL) string { return clip(u.Scheme + "://" + u.Host) }

// clip keeps a stranger's text from filling ours. A DNS name has 253 bytes at most.
func clip(text string) string { return job.Clip(text, 280) }

// explain makes a *job.Failure of what went wrong on the way to site or back. The watchdog's reason goes before the
// error that it caused; where ctx was ended by the caller, its error is given back as it is.
func explain(ctx context.Context, site string, err error) error {
	if failure, ok := errors.AsType[*job.Failure](err); ok {
		return failure
	}
	if cause := context.Cause(ctx); cause != nil {
		if slow, ok := errors.AsType[*slowError](cause); ok {
			return job.Failf(job.InputUnreachable, "%s %s", site, slow).Again()
		}
		return fmt.Errorf("fetch from %s: %w", site, cause)
	}
	switch {
	case errors.Is(err, address.ErrSpecial):
		return job.Failf(job.InputForbidden, "%s leads to a private or special address, which is not fetched: give a public URL, or upload the file"+
			" (whoever runs this service can open a private range with FFLAMBDA_ALLOW_PRIVATE)", site)
	case errors.Is(err, address.ErrNumeric):
		return job.Failf(job.InputForbidden, "%s has a number for a host: write the address as four numbers with dots, or use a name", site)
	}
	return explainNetwork(site, err)
}

func explainNetwork(site string, err error) *job.Failure {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok && lookup.IsNotFound {
		return job.Failf(job.InputUnreachable, "%s does not exist: its name has no address; check the spelling", site)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return job.Failf(job.InputUnreachable, "%s could not be looked up: try again later", site).Again()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return job.Failf(job.InputUnreachable, "%s has no valid TLS certificate", site)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return job.Failf(job.InputUnreachable, "%s does not speak TLS: is it an http URL?", site)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return job.Failf(job.InputUnreachable, "%s did not accept a connection in time", site).Again()
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return job.Failf(job.InputUnreachable, "%s refused the connection", site).Again()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cutShort(site)
	}
	return job.Failf(job.InputUnreachable, "%s could not be reached, or its answer could not be understood", site).Again()
}

func (f *Fetcher) tooLarge(site string) *job.Failure {
	return job.Failf(job.InputTooLarge, "the file at %s is larger than %d bytes, the limit of one input", site, f.c.MaxBytes)
}

func noRoom(site string) *job.Failure {
	return job.Failf(job.InputTooLarge, "the file at %s is larger than what the worker's disk has room for", site).Again()
}

func cutShort(site string) *job.Failure {
	return job.Failf(job.InputUnreachable, "%s closed the connection before the whole file was sent", site).Again()
}

func empty(site string) *job.Failure {
	return job.Failf(job.InputNotMedia, "the file at %s is empty", site)
}

func notMedia(site string) *job.Failure {
	return job.Failf(job.InputNotMedia, "%s sent an HTML page instead of a media file: give the address of the file itself", site)
}
