package table

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// packAbove is the size in bytes above which JSON is compressed. DynamoDB bills each write by the whole item's size
// in KB, and refuses an item of more than 400 KB (DynamoDB, "Constraints": Item size).
const packAbove = 1 << 10

// unpackLimit is more than any part of a job can be: an item's 400 KB, unpacked, of which gzip packs 1,000 to one.
const unpackLimit = 400 << 20

// pack is v as JSON: a text, or binary and compressed where it is long.
func pack(v any) (types.AttributeValue, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(data) <= packAbove {
		return text(string(data)), nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &types.AttributeValueMemberB{Value: packed.Bytes()}, nil
}

// unpack reads what pack made into v, and leaves v alone where there is nothing.
func unpack(packed types.AttributeValue, v any) error {
	switch packed := packed.(type) {
	case nil:
		return nil
	case *types.AttributeValueMemberS:
		return json.Unmarshal([]byte(packed.Value), v)
	case *types.AttributeValueMemberB:
		r, err := gzip.NewReader(bytes.NewReader(packed.Value))
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(r, unpackLimit))
		if err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	}
	return errors.New("neither text nor binary")
}
