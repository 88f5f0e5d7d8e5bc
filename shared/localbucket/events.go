package localbucket

import (
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3event"
)

// events hands what the gateway tells of new objects to Config.OnPut: the gateway knows of puts, copies and finished
// multipart uploads, whoever made them. It tells before the client gets its answer.
type events struct {
	bucket string
	onPut  func(key string)
}

// SendEvent is called by the gateway for everything that happens to an object.
func (e events) SendEvent(ctx fiber.Ctx, m s3event.EventMeta) {
	if e.onPut == nil || !strings.HasPrefix(string(m.EventName), "s3:ObjectCreated:") {
		return
	}
	if key, ok := strings.CutPrefix(ctx.Path(), "/"+e.bucket+"/"); ok {
		e.onPut(strings.Clone(key)) // the path's bytes are used again for the next request
	}
}

// Close has nothing to do.
func (events) Close() error { return nil }
