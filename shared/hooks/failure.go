package hooks

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

// Error says why a webhook was not delivered, in words for the owner of its URL. Of the URL it names scheme and host
// only: a path or a query can hold secrets. It fits one line.
type Error struct {
	text  string
	final bool
}

func (e *Error) Error() string { return e.text }

// Final reports whether calling again is pointless.
func (e *Error) Final() bool { return e.final }

func failf(format string, args ...any) *Error { return &Error{text: fmt.Sprintf(format, args...)} }

func finalf(format string, args ...any) *Error {
	return &Error{text: fmt.Sprintf(format, args...), final: true}
}

// siteOf is all of a URL that texts may show. A DNS name has 253 bytes at most.
func siteOf(u *url.URL) string { return job.Clip(u.Scheme+"://"+u.Host, 280) }

// refused takes anything but 2xx for a failure; a redirect too, because none is followed.
func refused(site string, status int) error {
	text := strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return failf("%s answered %s: webhooks follow no redirects, give the URL that it leads to", site, text)
	case status == http.StatusGone:
		return finalf("%s answered %s: it is not called again", site, text)
	default:
		return failf("%s answered %s", site, text)
	}
}

// explain words what went wrong on the way to site or back.
func explain(site string, err error) *Error {
	switch {
	case errors.Is(err, address.ErrSpecial):
		return failf("%s leads to a private or special address, which is not called"+
			" (whoever runs this service can open a private range with FFLAMBDA_ALLOW_PRIVATE)", site)
	case errors.Is(err, address.ErrNumeric):
		return failf("%s has a number for a host: write the address as four numbers with dots, or use a name", site)
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		if lookup.IsNotFound {
			return failf("%s does not exist: its name has no address", site)
		}
		return failf("%s could not be looked up", site)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return failf("%s has no valid TLS certificate", site)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return failf("%s does not speak TLS: is it an http URL?", site)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failf("%s refused the connection", site)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failf("%s closed the connection before it answered", site)
	}
	return failf("%s could not be reached, or its answer could not be understood", site)
}
