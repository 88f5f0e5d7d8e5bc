package ffmpeg_test

// hdr marks a clip as HDR10, which has no light of its own in it; the mastering data is what players ask for.
const hdr = "-vf format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc -c:v libx265 -preset ultrafast " +
	"-x265-params log-level=error:hdr10=1:repeat-headers=1:max-cll=1000,400:" +
	"master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"

const x265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error "

var video = []kind{
	{"x264", []string{"ffmpeg -i ../in/clip.mp4 -c:v libx264 -preset medium -crf 23 -c:a copy -movflags +faststart out.mp4"},
		[]look{made("out.mp4", "h264 yuv420p", "aac"), lacks("out.mp4", `^[\s\S]{0,64}mdat`)}},
	{"x264 10 bits", []string{"ffmpeg -i ../in/clip.mp4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -an out.mkv"},
		[]look{made("out.mkv", "h264 yuv420p10le")}},
	{"x264 lossless 4:4:4", []string{
		"ffmpeg -i ../in/still1.png -vf format=yuv444p -f rawvideo in.yuv",
		"ffmpeg -i ../in/still1.png -vf format=yuv444p -c:v libx264 -qp 0 out.mkv",
		"ffmpeg -i out.mkv -f rawvideo out.yuv",
	}, []look{made("out.mkv", "h264 yuv444p"), same("in.yuv", "out.yuv")}},
	{"x264 two passes", []string{
		"ffmpeg -i ../in/clip.mp4 -c:v libx264 -preset ultrafast -b:v 200k -pass 1 -an -f null -",
		"ffmpeg -i ../in/clip.mp4 -c:v libx264 -preset ultrafast -b:v 200k -pass 2 -an out.mp4",
	}, []look{made("out.mp4", "h264 yuv420p")}},

	{"x265", []string{"ffmpeg -i ../in/clip.mp4 " + x265 + "-tag:v hvc1 -c:a copy out.mp4"},
		[]look{made("out.mp4", "hevc yuv420p", "aac"), holds("out.mp4", "hvc1")}},
	{"x265 10 bits", []string{"ffmpeg -i ../in/clip.mp4 " + x265 + "-pix_fmt yuv420p10le -an out.mp4"},
		[]look{made("out.mp4", "hevc yuv420p10le")}},
	{"x265 12 bits", []string{"ffmpeg -i ../in/clip.mp4 " + x265 + "-pix_fmt yuv420p12le -an out.mp4"},
		[]look{made("out.mp4", "hevc yuv420p12le")}},
	{"HDR10", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 5 " + hdr + " -an out.mp4"}, []look{
		made("out.mp4", "hevc yuv420p10le"),
		probed("-read_intervals %+#1 -show_frames out.mp4", `(?s)color_transfer=smpte2084.*max_luminance=10000000/10000.*max_content=1000`),
	}},
	{"HDR10 to SDR", []string{
		"ffmpeg -i ../in/clip.mp4 -frames:v 5 " + hdr + " -an hdr.mp4",
		"ffmpeg -i hdr.mp4 -vf zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p -c:v libx264 -preset ultrafast out.mp4",
		"ffmpeg -i hdr.mp4 -frames:v 1 -pix_fmt gray -f rawvideo before.gray",
		"ffmpeg -i out.mp4 -frames:v 1 -pix_fmt gray -f rawvideo after.gray",
	}, []look{made("out.mp4", "h264 yuv420p"), ink("after.gray", 2000), differ("before.gray", "after.gray", 2000),
		probed("-show_entries stream=color_transfer out.mp4", "color_transfer=bt709")}},

	{"VP8", []string{"ffmpeg -i ../in/clip.mp4 -c:v libvpx -b:v 300k -deadline realtime -c:a libvorbis out.webm"},
		[]look{made("out.webm", "vp8 yuv420p", "vorbis")}},
	{"VP9", []string{"ffmpeg -i ../in/clip.mp4 -c:v libvpx-vp9 -crf 35 -b:v 0 -deadline realtime -cpu-used 8 -row-mt 1 -c:a libopus out.webm"},
		[]look{made("out.webm", "vp9 yuv420p", "opus")}},
	{"VP9 with transparency", []string{
		"ffmpeg -f lavfi -i color=red@0.5:size=64x64:rate=5:duration=1,format=yuva420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 out.webm",
		"ffmpeg -c:v libvpx-vp9 -i out.webm -frames:v 1 -vf alphaextract -f rawvideo alpha.gray",
	}, []look{lacks("alpha.gray", `^\xff`), holds("alpha.gray", `^[\x70-\x90]`)}},
	{"AV1", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 10 -c:v libsvtav1 -preset 11 -crf 40 -an out.mp4"},
		[]look{made("out.mp4", "av1 yuv420p")}},
	{"AV1 10 bits", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 10 -c:v libsvtav1 -preset 11 -pix_fmt yuv420p10le -an out.webm"},
		[]look{made("out.webm", "av1 yuv420p10le")}},
	{"AV1 to H.264", []string{
		"ffmpeg -i ../in/clip.mp4 -frames:v 10 -c:v libsvtav1 -preset 11 -an in.mp4",
		"ffmpeg -v verbose -i in.mp4 -c:v libx264 -preset ultrafast out.mp4",
	}, []look{says(`av1 \(libdav1d\) -> h264`), made("out.mp4", "h264 yuv420p")}},
	{"Theora", []string{"ffmpeg -i ../in/clip.mp4 -c:v libtheora -q:v 5 -c:a libvorbis out.ogv"},
		[]look{made("out.ogv", "theora yuv420p", "vorbis")}},

	{"ProRes", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 5 -c:v prores_ks -profile:v 3 -c:a pcm_s16le out.mov"},
		[]look{made("out.mov", "prores yuv422p10le", "pcm_s16le")}},
	{"DNxHR", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 5 -vf scale=320:180,format=yuv422p -c:v dnxhd -profile:v dnxhr_sq -an out.mov"},
		[]look{made("out.mov", "dnxhd yuv422p")}},
	{"MPEG-2", []string{"ffmpeg -i ../in/clip.mp4 -c:v mpeg2video -b:v 500k -c:a mp2 out.mpg"},
		[]look{made("out.mpg", "mpeg2video yuv420p", "mp2")}},
	{"MPEG-4", []string{"ffmpeg -i ../in/clip.mp4 -c:v mpeg4 -q:v 5 -c:a libmp3lame out.avi"},
		[]look{made("out.avi", "mpeg4 yuv420p", "mp3")}},
	{"WMV", []string{"ffmpeg -i ../in/clip.mp4 -c:v wmv2 -b:v 300k -c:a wmav2 out.wmv"},
		[]look{made("out.wmv", "wmv2 yuv420p", "wmav2")}},
	{"FLV", []string{"ffmpeg -i ../in/clip.mp4 -c:v flv -c:a libmp3lame -ar 44100 out.flv"},
		[]look{made("out.flv", "flv1 yuv420p", "mp3")}},
	{"FFV1", []string{"ffmpeg -i ../in/clip.mp4 -frames:v 5 -c:v ffv1 -level 3 -c:a flac out.mkv"},
		[]look{made("out.mkv", "ffv1 yuv420p", "flac")}},
	{"copy and cut", []string{"ffmpeg -ss 0.4 -t 0.4 -i ../in/clip.mp4 -c copy -avoid_negative_ts make_zero out.mkv"},
		[]look{made("out.mkv", "h264 yuv420p", "aac")}},
	{"bitstream filter", []string{"ffmpeg -i ../in/clip.mp4 -c:v copy -bsf:v h264_mp4toannexb -an -f h264 out.h264"},
		[]look{made("out.h264", "h264 yuv420p"), holds("out.h264", `^\x00\x00\x00\x01`)}},
}
