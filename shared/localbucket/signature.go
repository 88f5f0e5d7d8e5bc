package localbucket

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// amzDate is how signatures write a time.
const amzDate = "20060102T150405Z"

// admit refuses a request whose body nobody allowed, before the body is read. The gateway checks every signature for
// itself, but when it refuses, it closes a connection that is still being written to, and what the client sees
// is a reset or a 502 instead of the 403. Requests without a body are left to the gateway.
func (h *handler) admit(r *http.Request, now time.Time) *apiError {
	if r.ContentLength == 0 {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return denied("The query cannot be read.")
	}
	if query.Has("X-Amz-Signature") {
		return h.keys.check(r, query, now)
	}
	// Signed by header: the operator's own S3 tool.
	if strings.Contains(r.Header.Get("Authorization"), " Credential="+h.keys.Access+"/") {
		return nil
	}
	return denied("A body needs a presigned URL.")
}

// check signs r again as its presigned URL says, and compares.
func (k keys) check(r *http.Request, query url.Values, now time.Time) *apiError {
	const mismatch = "The request is not the one that was signed: check method, host, path, Content-Type and Content-Length."
	date, err := time.Parse(amzDate, query.Get("X-Amz-Date"))
	if err != nil {
		return denied("X-Amz-Date cannot be read.")
	}
	seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil || seconds < 0 || seconds > 7*24*60*60 {
		return denied("X-Amz-Expires cannot be read.")
	}
	if now.After(date.Add(time.Duration(seconds) * time.Second)) {
		return denied("The URL has expired.")
	}
	signature := query.Get("X-Amz-Signature")
	query.Del("X-Amz-Signature")
	names := strings.Split(query.Get("X-Amz-SignedHeaders"), ";")
	bare := &http.Request{
		Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()},
	}
	for _, name := range names {
		if values := r.Header.Values(name); values != nil {
			bare.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if slices.Contains(names, "content-length") {
		bare.ContentLength = r.ContentLength // -1 for a chunked body is not signed, so never equal
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	again, _, err := signer.PresignHTTP(r.Context(), aws.Credentials{AccessKeyID: k.Access, SecretAccessKey: k.Secret},
		bare, "UNSIGNED-PAYLOAD", "s3", region, date)
	if err != nil {
		return denied(mismatch)
	}
	_, want, _ := strings.Cut(again, "&X-Amz-Signature=")
	if want == "" || !hmac.Equal([]byte(signature), []byte(want)) {
		return &apiError{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch", Message: mismatch}
	}
	return nil
}

func denied(message string) *apiError {
	return &apiError{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}
