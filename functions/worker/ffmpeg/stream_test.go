package ffmpeg_test

// small encodes quickly, with a key frame every fifth of a second, so that a second has segments.
const small = "-c:v libx264 -preset ultrafast -g 5 -keyint_min 5 -sc_threshold 0 -c:a aac "

var stream = []kind{
	{"HLS", []string{"ffmpeg -i ../in/clip.mp4 " + small + "-hls_time 0.4 -hls_playlist_type vod -hls_segment_filename s%02d.ts out.m3u8"},
		[]look{files("s*.ts", 2), made("out.m3u8", "h264 yuv420p", "aac"), holds("out.m3u8", "#EXT-X-ENDLIST")}},
	{"HLS, fMP4", []string{"ffmpeg -i ../in/clip.mp4 " + small + "-hls_time 0.4 -hls_segment_type fmp4 -hls_playlist_type vod out.m3u8"},
		[]look{files("init.mp4", 1), files("out*.m4s", 2), made("out.m3u8", "h264 yuv420p", "aac")}},
	// The bandwidth of a variant is that of its largest segment over half a second; without one it is not listed.
	{"HLS, variants", []string{"ffmpeg -i ../in/clip.mp4 -map 0:v -map 0:a -map 0:v -map 0:a " + small + "-filter:v:1 scale=96:54 -hls_time 0.6 -hls_playlist_type vod " +
		"-master_pl_name main.m3u8 -var_stream_map v:0,a:0␣v:1,a:1 -hls_segment_filename v%v_%02d.ts v%v.m3u8"},
		[]look{files("v0_*.ts", 2), files("v1_*.ts", 2), holds("main.m3u8", `(?s)RESOLUTION=192x108.*RESOLUTION=96x54`)}},
	{"HLS, encrypted", []string{"ffmpeg -i ../in/clip.mp4 " + small + "-hls_time 0.4 -hls_playlist_type vod -hls_key_info_file ../in/hls.keyinfo -hls_segment_filename s%02d.ts out.m3u8"},
		// A transport stream has a G at each 188th byte; what is encrypted has none.
		[]look{files("s*.ts", 2), holds("out.m3u8", "METHOD=AES-128"), lacks("s00.ts", `^G[\s\S]{187}G`)}},
	{"HLS, encrypted, to MP4", []string{
		"ffmpeg -i ../in/clip.mp4 " + small + "-hls_time 0.4 -hls_playlist_type vod -hls_key_info_file ../in/hls.keyinfo in.m3u8",
		"ffmpeg -allowed_extensions ALL -i in.m3u8 -c copy out.mp4",
	}, []look{made("out.mp4", "h264 yuv420p", "aac")}},
	{"DASH", []string{"ffmpeg -i ../in/clip.mp4 " + small + "-seg_duration 0.4 -f dash out.mpd"},
		[]look{files("init-stream*.m4s", 2), files("chunk-stream0-*.m4s", 2), files("chunk-stream1-*.m4s", 1), holds("out.mpd", "<MPD")}},
	{"DASH and HLS", []string{"ffmpeg -i ../in/clip.mp4 " + small + "-seg_duration 0.4 -hls_playlist 1 -f dash out.mpd"},
		[]look{files("chunk-*.m4s", 3), holds("master.m3u8", "EXT-X-STREAM-INF"), made("media_0.m3u8", "h264 yuv420p")}},
	{"segments", []string{"ffmpeg -i ../in/clip.mp4 -c copy -f segment -segment_time 0.4 -reset_timestamps 1 s%02d.mp4"},
		[]look{files("s*.mp4", 2), made("s00.mp4", "h264 yuv420p", "aac")}},
	{"fragmented MP4", []string{"ffmpeg -i ../in/clip.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof out.mp4"},
		[]look{made("out.mp4", "h264 yuv420p", "aac"), holds("out.mp4", "moof")}},
	{"transport stream", []string{"ffmpeg -i ../in/clip.mp4 -c copy out.ts"}, []look{made("out.ts", "h264 yuv420p", "aac"), holds("out.ts", `^G[\s\S]{187}G`)}},
	{"concat list", []string{"ffmpeg -f concat -safe 0 -i ../in/list.txt -c copy out.mp4"},
		[]look{probed("-count_packets -select_streams v -show_entries stream=nb_read_packets out.mp4", "nb_read_packets=50")}},
	{"concat filter", []string{"ffmpeg -i ../in/clip.mp4 -i ../in/clip.mp4 -filter_complex [0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1 " + small + "out.mp4"},
		[]look{probed("-count_packets -select_streams v -show_entries stream=nb_read_packets out.mp4", "nb_read_packets=5[01]")}},
	{"pipes", []string{"ffmpeg -i pipe:0 -c copy -f matroska pipe:1 < ../in/clip.mp4 > out.mkv"}, []look{made("out.mkv", "h264 yuv420p", "aac")}},
	{"several outputs", []string{"ffmpeg -i ../in/clip.mp4 -vf scale=96:-2 " + small + "a.mp4 -vn -c:a libopus b.opus -frames:v 1 c.jpg"},
		[]look{made("a.mp4", "h264 yuv420p", "aac"), made("b.opus", "opus"), made("c.jpg", "mjpeg yuvj420p")}},
	{"progress", []string{"ffmpeg -v error -progress pipe:1 -nostats -i ../in/clip.mp4 -f null -"}, []look{says(`(?s)out_time_us=\d+.*progress=end`)}},
	{"ffprobe streams", []string{"ffprobe -v error -of json -show_format -show_streams ../in/clip.mp4"},
		[]look{says(`(?s)^\{.*"codec_name": "h264".*"width": 192.*"codec_name": "aac".*"format_name": "mov,mp4`)}},
	{"ffprobe frames", []string{"ffprobe -v error -of json -select_streams v -show_frames ../in/clip.mp4"}, []look{says(`(?s)^\{.*"pict_type": "I".*"pict_type": "P"`)}},
}
