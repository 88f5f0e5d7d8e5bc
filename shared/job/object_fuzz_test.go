package job

import (
	"strings"
	"testing"
)

// FuzzParseObject: what is an object's name comes back the same from its URL, and has one owner at most.
func FuzzParseObject(f *testing.F) {
	for _, text := range []string{"gs://b/k", "S3://b/uploads/alice/a.mp4", "gs://b/", "gs:///k", "gs://b//k", "s3://b/k?sig=1#f", "http://b/k", "gs://b/uploads//x",
		"gs://b/jobs/0b9f7e54-3c1d-4e6f-8a2b-1c2d3e4f5a6b/1/a", "gs://b/uploads/../jobs/x", "gs://gs://b/k", "\x00gs://b/k"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, ok := ParseObject(text)
		if !ok {
			if o != (Object{}) {
				t.Errorf("%q is none, and %+v", text, o)
			}
			return
		}
		if o.Bucket == "" || o.Key == "" || strings.Contains(o.Bucket, "/") || !strings.HasSuffix(text, "://"+o.Bucket+"/"+o.Key) {
			t.Errorf("%q is %+v", text, o)
		}
		if again, ok := ParseObject(o.URL()); !ok || again != o {
			t.Errorf("%q is %+v, and its URL %q is %+v", text, o, o.URL(), again)
		}
		owner, uploaded := o.UploadOwner()
		id, output := o.JobID()
		if uploaded && output || uploaded && (owner == "" || strings.Contains(owner, "/")) || output && !IsID(id) {
			t.Errorf("%q: owner %q (%v), job %q (%v)", text, owner, uploaded, id, output)
		}
		if uploaded && !strings.HasPrefix(o.Key, UploadKey(owner, "")) || output && !strings.HasPrefix(o.Key, OutputPrefix+id+"/") {
			t.Errorf("%q: owner %q, job %q", text, owner, id)
		}
	})
}
