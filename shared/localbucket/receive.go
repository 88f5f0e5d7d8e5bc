package localbucket

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	stall      = 2 * time.Minute // without a byte, after which an upload is given up
	receiving  = "receiving-"    // what half-received files are called, in the gateway's folder for such
	bufferSize = 256 << 10
)

// receiver takes the uploads of temporary files by itself: the gateway takes no body without a Content-Length, and no
// form, and has no limit of its own. The file is the object that the gateway would have made of it.
type receiver struct {
	keys   keys
	folder *folder
	path   string // of the bucket: "/name/"
	most   int64  // bytes of a file
	log    *slog.Logger
}

// key is the key of the temporary file that r uploads by a presigned URL. Everything that is not that, and whatever has
// headers that mean something to S3, is the gateway's.
func (v *receiver) key(r *http.Request) (string, bool) {
	id, ok := strings.CutPrefix(r.URL.Path, v.path+job.TempPrefix)
	if !ok || !job.IsID(id) || r.Method != http.MethodPut || !strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") {
		return "", false
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || name == "Content-Md5" || strings.HasPrefix(name, "If-") {
			return "", false
		}
	}
	return job.TempKey(id), true
}

// serve answers 200 when the whole body is the object. The last of several uploads counts. In any other case nothing is
// kept of it, and what was there before stays.
func (v *receiver) serve(w http.ResponseWriter, r *http.Request, key string) {
	if err := v.receive(w, r, key); err != nil {
		refuse(w, err)
		return
	}
	allowBrowsers(w.Header())
	w.WriteHeader(http.StatusOK)
}

func (v *receiver) receive(w http.ResponseWriter, r *http.Request, key string) *apiError {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return denied("The query cannot be read.")
	}
	if err := v.keys.check(r, query, time.Now()); err != nil {
		return err
	}
	if r.ContentLength > v.most {
		return v.tooLarge()
	}
	connection := http.NewResponseController(w)
	body := watched{http.MaxBytesReader(w, r.Body, v.most), connection}
	if err := v.write(key, body, contentType(r.Header.Get("Content-Type"))); err != nil {
		return v.explain(r, err)
	}
	_ = connection.SetReadDeadline(time.Time{}) // the connection is used again; one without deadlines needs none
	return nil
}

// write makes the object of body's bytes, seen whole or not at all.
func (v *receiver) write(key string, body io.Reader, contentType string) (err error) {
	root, err := v.folder.open()
	if err != nil {
		return err
	}
	if err := root.MkdirAll(posix.MetaTmpDir, 0o700); err != nil {
		return err
	}
	name := path.Join(posix.MetaTmpDir, receiving+rand.Text())
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(name))
		}
	}()
	err = fill(f, body, contentType)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return publish(root, name, key)
}

// fill writes the content and what belongs to it.
func fill(f *os.File, body io.Reader, contentType string) error {
	if _, err := io.CopyBuffer(onlyWriter{f}, body, make([]byte, bufferSize)); err != nil {
		return err
	}
	return label(f, contentType)
}

// label writes the two attributes that the gateway and Store.Open read beside an object, which the gateway itself writes
// with checksums. The ETag is opaque: the same bytes sent twice are two versions, which costs a client at most a download too many.
func label(f *os.File, contentType string) error {
	attributes := meta.XattrMeta{}
	return errors.Join(
		attributes.StoreAttribute(f, "", "", "content-type", []byte(contentType)),
		attributes.StoreAttribute(f, "", "", "etag", []byte(`"`+rand.Text()+`"`)),
	)
}

// publish gives the file its name. Sweep may remove the folder while it is empty: then once more.
func publish(root *os.Root, name, key string) error {
	for range 3 {
		if err := root.MkdirAll(path.Dir(key), 0o700); err != nil {
			return err
		}
		if err := root.Rename(name, key); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("rename %s: its folder is removed again and again", key)
}

// explain says in S3's words why an upload failed.
func (v *receiver) explain(r *http.Request, err error) *apiError {
	_, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case large:
		return v.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &apiError{Status: http.StatusRequestTimeout, Code: "RequestTimeout", Message: "No byte came for 2 minutes. Send the file again."}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		v.log.Error("the disk is full", "upload", r.URL.Path)
		return &apiError{Status: http.StatusInsufficientStorage, Code: "InsufficientStorage", Message: "The disk of this server is full."}
	case r.Context().Err() != nil:
		return proxyError(r, r.Context().Err(), v.log)
	}
	return proxyError(r, err, v.log)
}

func (v *receiver) tooLarge() *apiError {
	return &apiError{Status: http.StatusRequestEntityTooLarge, Code: "EntityTooLarge", Message: fmt.Sprintf("The file is too large: at most %d bytes.", v.most)}
}

// contentType is what the client says, where it can be said again in an answer.
func contentType(said string) string {
	if _, _, err := mime.ParseMediaType(said); err != nil || len(said) > 255 {
		return "application/octet-stream"
	}
	return said
}

// watched is a body that has to go on coming.
type watched struct {
	io.Reader
	connection *http.ResponseController
}

func (b watched) Read(p []byte) (int, error) {
	_ = b.connection.SetReadDeadline(time.Now().Add(stall)) // not every connection has one: a test's has not
	return b.Reader.Read(p)
}

// onlyWriter hides ReadFrom, which would not use the buffer.
type onlyWriter struct{ io.Writer }

// clearReceived removes what a process that was killed had received in part. No other process uses the folder.
func clearReceived(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), posix.MetaTmpDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), receiving) {
			err = errors.Join(err, root.Remove(path.Join(posix.MetaTmpDir, entry.Name())))
		}
	}
	return err
}
