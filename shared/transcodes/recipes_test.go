package transcodes

// recipe is a create request as people send it. Options are written as on a command line, to be read at a glance.
type recipe struct {
	format  string
	inputs  string // names of clips, each perhaps with its options: "video.mp4 -ss 0.2; logo.png"; empty: video.mp4
	options string
	filters string // one; empty: none
}

// recipes are everyday requests. All must be accepted, and ffmpeg must fulfil them.
var recipes = []recipe{
	// Size and shape.
	{options: `-vf scale=128:-2`},
	{options: `-vf "scale='min(128,iw)':-2,setsar=1:1"`},
	{options: `-vf scale=128:128:force_original_aspect_ratio=decrease,pad=128:128:(ow-iw)/2:(oh-ih)/2:black`},
	{options: `-filter:v crop=ih:ih`},
	{options: `-vf "crop=in_w/2:in_h/2:(in_w-out_w)/2:0" -c:a copy`},
	{options: `-s 96x54 -aspect 16:9`},
	{options: `-vf transpose=1,hflip -metadata:s:v:0 rotate=0`},
	{options: `-vf "split[a][b];[a]scale=90:160,boxblur=4[bg];[b]scale=90:-2[fg];[bg][fg]overlay=0:(H-h)/2"`},
	{options: `-sws_flags lanczos -vf scale=64:-2`},
	// Codecs and rates.
	{options: `-c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p -c:a aac -b:a 128k -movflags +faststart`},
	{options: `-c:v libx265 -preset ultrafast -crf 28 -tag:v hvc1 -x265-params log-level=error:keyint=10`},
	{options: `-c:v libx264 -preset ultrafast -b:v 200k -maxrate 250k -bufsize 500k -profile:v main -level 3.1`},
	{options: `-c:v libx264 -preset ultrafast -g 10 -keyint_min 10 -sc_threshold 0`},
	{options: `-vcodec libx264 -vprofile baseline -x264-params keyint=10:scenecut=0:bframes=0 -tune zerolatency -acodec aac -ab 64k`},
	{options: `-x264opts no-scenecut:rc_lookahead=5 -force_key_frames expr:gte(t,n_forced*0.5)`},
	{options: `-c:v libx264 -preset ultrafast -qp 0 -an`},
	{options: `-c:v mpeg4 -q:v 5 -c:a libmp3lame -q:a 4`},
	{options: `-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv`},
	{options: `-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -x265-params hdr-opt=1:log-level=error`},
	{options: `-movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 500000`},
	{format: "webm", options: `-c:v libvpx-vp9 -crf 40 -b:v 0 -row-mt 1 -deadline realtime -cpu-used 8 -c:a libopus -b:a 48k`},
	{format: "webm", options: `-c:v libvpx -b:v 200k -quality realtime -auto-alt-ref 0 -c:a libvorbis -q:a 3`},
	{format: "webm", options: `-c:v libsvtav1 -preset 12 -crf 50 -svtav1-params tune=0 -an`},
	{format: "mov", options: `-c:v prores_ks -profile:v 0 -vendor apl0 -c:a pcm_s16le`},
	{format: "mkv", options: `-c:v ffv1 -level 3 -g 1 -slicecrc 1 -c:a flac -compression_level 5`},
	{format: "avi", options: `-c:v mpeg4 -vtag xvid -qscale:v 6 -c:a libmp3lame -ac 2 -ar 44100`},
	{options: `-c copy -y -hide_banner -loglevel error`},
	{options: `-r 5 -fps_mode cfr`},
	{options: `-vsync vfr -vf mpdecimate -threads 1`},
	// Time.
	{inputs: "video.mp4 -ss 0.2 -t 0.5", options: `-c copy -avoid_negative_ts make_zero`},
	{inputs: "video.mp4 -sseof -0.5", options: `-c:v libx264 -preset ultrafast`},
	{options: `-ss 00:00:00.2 -to 0.7 -c:v libx264 -preset ultrafast`},
	{inputs: "video.mp4 -stream_loop 1", options: `-c:v libx264 -preset ultrafast -t 1.5`},
	{options: `-filter:v setpts=0.5*PTS -filter:a atempo=2.0`},
	{options: `-vf reverse -af areverse`},
	{options: `-vf "fade=t=in:st=0:d=0.3,fade=t=out:st=0.7:d=0.3" -af "afade=t=in:d=0.3"`},
	{options: `-vf "trim=0:0.5,setpts=PTS-STARTPTS" -an`},
	{inputs: "video.mp4; video.mp4 -itsoffset 0.1", options: `-map 0:v -map 1:a -c copy`},
	{inputs: "video.mp4 -fflags +genpts+discardcorrupt -err_detect ignore_err", options: `-c:v copy -c:a aac`},
	// Sound.
	{format: "mp3", options: `-vn -c:a libmp3lame -b:a 192k -id3v2_version 3 -metadata title=Song -metadata artist="A / B: C"`},
	{format: "mp3", options: `-af loudnorm=I=-16:TP=-1.5:LRA=11 -ar 44100`},
	{format: "wav", options: `-ac 1 -ar 16000 -sample_fmt s16 -c:a pcm_s16le`},
	{format: "flac", inputs: "song.mp3", options: `-compression_level 8`},
	{format: "opus", inputs: "song.mp3", options: `-c:a libopus -b:a 32k -vbr on -application voip`},
	{format: "ogg", inputs: "song.mp3", options: `-c:a libvorbis -qscale:a 4 -vn`},
	{format: "m4a", inputs: "song.mp3", options: `-c:a alac`},
	{format: "aac", options: `-c:a aac -b:a 64k -profile:a aac_low`},
	{format: "m4a", options: `-af "silenceremove=1:0:-50dB,volume=-3dB,highpass=f=100,acompressor" -vn`},
	{options: `-af "pan=stereo|c0=0.5*c0+0.5*c1|c1=c0" -c:v copy`},
	{options: `-an -c:v copy`},
	{format: "mkv", inputs: "tracks.mkv", options: `-map 0:v -map 0:a:1 -c copy -metadata:s:a:0 language=deu -disposition:a:0 default`},
	// Subtitles, tags, chapters.
	{inputs: "video.mp4; subs.srt", options: `-map 0 -map 1 -c copy -c:s mov_text -metadata:s:s:0 language=eng -disposition:s:0 default`},
	{format: "mkv", inputs: "tracks.mkv", options: `-map 0 -c copy -c:s srt`},
	{options: `-map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact -c copy`},
	{options: `-map_metadata 0 -movflags use_metadata_tags -metadata comment="100% | [ok]" -c copy`},
	// Pictures.
	{format: "jpg", inputs: "video.mp4 -ss 0.5", options: `-frames:v 1 -q:v 2`},
	{format: "jpg", options: `-f image2 -vframes 1 -vf scale=80:-1 -an`},
	{format: "png", options: `-vf "select='eq(n,3)',scale=64:-1" -frames:v 1 -compression_level 9`},
	{format: "jpg", options: `-vf fps=2,scale=40:-1,tile=2x1 -frames:v 1`},
	{format: "png", options: `-vf thumbnail=5 -frames:v 1 -update 1`},
	{format: "webp", options: `-vf fps=5,scale=64:-1 -loop 0 -c:v libwebp -quality 60 -lossless 0`},
	{format: "gif", options: `-vf fps=5,scale=64:-1:flags=lanczos -loop 0`},
	{format: "gif", options: `-filter_complex "fps=5,scale=64:-1,split[s0][s1];[s0]palettegen=max_colors=32[p];[s1][p]paletteuse=dither=bayer"`},
	{inputs: "logo.png -loop 1 -framerate 10; song.mp3", options: `-c:v libx264 -preset ultrafast -tune stillimage -t 1 -pix_fmt yuv420p -shortest`},
	{inputs: "logo.png -loop 1 -t 1", options: `-vf "zoompan=z='min(zoom+0.01,1.5)':d=10:s=64x64:fps=10" -preset ultrafast -pix_fmt yuv420p`},
	// Several inputs, graphs.
	{inputs: "video.mp4; logo.png", options: `-filter_complex "[0:v][1:v]overlay=W-w-10:H-h-10:enable='between(t,0,20)'" -preset ultrafast`},
	{inputs: "video.mp4; logo.png", filters: `[1:v]scale=20:-1,format=rgba,colorchannelmixer=aa=0.5[l];[0:v][l]overlay=10:10[v]`},
	{inputs: "video.mp4; video.mp4", filters: `[0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a]`},
	{inputs: "video.mp4; video.mp4", options: `-filter_complex "[0:v][1:v]xfade=transition=fade:duration=0.3:offset=0.5,format=yuv420p[v]" -map [v]`},
	{inputs: "video.mp4; song.mp3", filters: `[1:a]volume=0.3[m];[0:a][m]amix=inputs=2:duration=first[a]`, options: `-map 0:v -map [a] -c:v copy`},
	{inputs: "video.mp4; song.mp3", options: `-filter_complex "[1:a]asplit[s][m];[0:a][s]sidechaincompress=threshold=0.1[c];[c][m]amix[a]" -map 0:v -map [a] -c:v copy`},
	{inputs: "song.mp3", filters: `[0:a]showwaves=s=64x48:mode=line:rate=10[v]`, options: `-map [v] -map 0:a -preset ultrafast -pix_fmt yuv420p`},
	{format: "png", inputs: "song.mp3", filters: `[0:a]showwavespic=s=64x48:colors=blue|red`, options: `-frames:v 1`},
	{inputs: "video.mp4; video.mp4", filters: `[0:v][1:v]hstack=inputs=2[v]`},
	{filters: `[0:v]chromakey=0x00FF00:0.1:0.2[k];color=c=blue:s=160x90:r=10[bg];[bg][k]overlay=shortest=1[v]`},
	{filters: `[0:v]gblur=sigma=5,eq=brightness=0.06:saturation=2,unsharp[v]`},
	{filters: `[0:v]drawtext=text='a\: b':fontsize=12:x=(w-text_w)/2:y=h-th-10:fontcolor=white:box=1:boxcolor=black@0.5[v]`},
	// Text overlays.
	{options: `@text-overlay {"text":"Hi"}`},
	{format: "gif", options: `-vf scale=96:-2 @text-overlay {"text":"Hi","style":{"fontSize":12,"position":"bottom"}}`},
	{filters: `[0:v]hflip[v]`, options: `@text-overlay {"text":"Hi","style":{"fontSize":12}} -preset ultrafast`},
}
