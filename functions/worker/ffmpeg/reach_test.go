package ffmpeg_test

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReaches: what it can read from and write to. crypto is for encrypted HLS.
func TestReaches(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	got := strings.Fields(b.must(t, "ffmpeg -v error -protocols"))
	want := strings.Fields("Supported file protocols: Input: crypto data fd file pipe Output: crypto fd file pipe")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
	devices := regexp.MustCompile(`(?m)^ [D ][E ] +(\S+)`).FindAllStringSubmatch(after(b.must(t, "ffmpeg -v error -devices"), "---"), -1)
	if len(devices) != 1 || devices[0][1] != "lavfi" {
		t.Errorf("devices: %q, want lavfi only", devices)
	}
}

// TestNoNetwork: a listener that is named as an input hears nothing.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan struct{})
	go func() {
		defer close(called)
		if conn, err := server.Accept(); err == nil {
			conn.Close()
			t.Error("ffmpeg connected")
		}
	}()
	for _, scheme := range []string{"http", "https", "tcp", "tls", "udp", "rtmp", "rtsp", "ftp", "hls+http", "concat:http", "subfile", "cache:http"} {
		out, err := b.run(t, "ffmpeg -i "+scheme+"://"+server.Addr().String()+"/a.mp4 -f null -")
		if err == nil || !regexp.MustCompile(`Protocol not found|No such file|Invalid data`).MatchString(out) {
			t.Errorf("%s: %v\n%s", scheme, err, out)
		}
	}
	server.Close()
	<-called
}

// TestHas: what users are promised, by the names of ffmpeg's own lists.
func TestHas(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	for list, names := range map[string]string{
		"encoders": "libx264 libx265 libvpx libvpx-vp9 libsvtav1 libopus libmp3lame libvorbis libtheora libwebp libwebp_anim aac flac alac ac3 eac3 " +
			"prores_ks dnxhd mpeg2video mpeg4 wmv2 gif apng png mjpeg ffv1 mov_text srt ass webvtt",
		"decoders": "libdav1d h264 hevc vp8 vp9 aac mp3 opus prores dnxhd mpeg2video wmv3 vc1 amrnb rv40 cook webp jpeg2000 camtasia g2m mss2 dss_sp",
		"muxers":   "mp4 mov matroska webm mpegts hls dash avif gif mp3 ogg flac wav avi flv segment mxf",
		"demuxers": "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm mpegts hls concat avi flv asf mxf rm dv caf dhav",
		"filters": "scale zscale tonemap subtitles ass drawtext overlay xfade chromakey vidstabdetect vidstabtransform rubberband loudnorm " +
			"aresample xpsnr ssim psnr minterpolate palettegen paletteuse thumbnail tile lut3d bwdif",
	} {
		var have []string
		for line := range strings.Lines(b.must(t, "ffmpeg -v error -"+list)) {
			if fields := strings.Fields(line); len(fields) > 1 {
				have = append(have, fields[1])
			}
		}
		for name := range strings.FieldsSeq(names) {
			if !slices.Contains(have, name) {
				t.Errorf("%s: no %s", list, name)
			}
		}
	}
}

// TestLacks: what was left out stays out, whatever a new release of ffmpeg adds.
func TestLacks(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	for list, names := range map[string]string{
		"muxers":   "tee fifo rtp rtsp rtp_mpegts sap chromaprint",
		"demuxers": "rtp rtsp sdp sap bink smacker roq tty dash imf",
		"decoders": "bink smacker roq vvc ansi libaom-av1",
		"filters":  "sr derain dnn_processing libvmaf zmq azmq ladspa lv2 frei0r_src",
	} {
		out := b.must(t, "ffmpeg -v error -"+list)
		for name := range strings.FieldsSeq(names) {
			if regexp.MustCompile(`(?m)^ \S+ +` + name + ` `).MatchString(out) {
				t.Errorf("%s has %s", list, name)
			}
		}
	}
}

func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}
