package command_test

import (
	"errors"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
)

// everyday are commands as people write them. All must pass.
var everyday = []string{
	`-i {{input}} -t 5 {{output.mp4}}`,
	`-y -hide_banner -loglevel error -i {{input.mp4}} -c:v libx264 -preset fast -crf 23 -c:a aac -b:a 128k -movflags +faststart {{output.mp4}}`,
	`-i {{input.mp4}} -vf scale=1280:-2 {{output.mp4}}`,
	`-i {{input.mp4}} -vf "scale='min(1280,iw)':-2,setsar=1:1" {{output.mp4}}`,
	`-i {{input.mp4}} -vf "scale=1920:1080:force_original_aspect_ratio=decrease,pad=1920:1080:(ow-iw)/2:(oh-ih)/2" {{output.mp4}}`,
	`-i {{input.mp4}} -vf "drawtext=text='a\: b':x=10:y=10:fontsize=24:fontcolor=white" {{output.mp4}}`,
	`-i {{input.mp4}} -vf "drawtext=fontfile={{font.ttf}}:text='https\://example.com / 12/05 at 1..2':x=(w-text_w)/2:y=h-th-10" {{output.mp4}}`,
	`-i {{input.mp4}} -vf "drawtext=text='%{pts\:hms}':box=1:boxcolor=black@0.5" {{output.mp4}}`,
	`-i {{input.mp4}} -i {{logo.png}} -filter_complex "[0:v][1:v]overlay=(W-w)/2:(H-h)/2:enable='between(t,0,20)'[v]" -map "[v]" -map 0:a? -c:a copy {{output.mp4}}`,
	`-ss 00:01:02.5 -to 00:02:00 -i {{input.mp4}} -c copy -map 0:v:0 -map 0:a:0 -avoid_negative_ts make_zero {{output.mp4}}`,
	`-i {{input.mp4}} -metadata title="a/b: c" -metadata:s:a:0 language=eng -metadata comment="/etc/passwd is text here" {{output.mp4}}`,
	`-i {{input.mp4}} -aspect 16:9 -vf setdar=16/9 {{output.mp4}}`,
	`-i {{input.mp4}} -vf "select='eq(n\,0)'" -vframes 1 {{thumb.jpg}}`,
	`-i {{input.mp4}} -vf "select='not(mod(n\,100))',scale=160:-1,tile=5x5" -frames:v 1 {{thumb.jpg}}`,
	`-i {{input.mp4}} -vf "select='gt(scene,0.4)',showinfo" -vsync vfr {{frame_%03d.png}}`,
	`-f lavfi -i testsrc=size=320x240:rate=25 -t 1 {{output.mp4}}`,
	`-f lavfi -i "color=c=black:s=320x240:d=1" -f lavfi -i anullsrc=channel_layout=stereo:sample_rate=44100 -shortest {{output.mp4}}`,
	`-f lavfi -i "sine=frequency=1000:duration=1" {{audio.mp3}}`,
	`-i {{input.mp4}} -force_key_frames expr:gte(t,n_forced*2) {{output.mp4}}`,
	`-i {{input.mp4}} -c:v libx264 -x264-params keyint=48:scenecut=0 {{output.mp4}}`,
	`-i {{input.mp4}} -vn -c:a libmp3lame -q:a 2 {{audio.mp3}}`,
	`-i {{input.mp4}} -filter_complex "fps=10,scale=320:-1:flags=lanczos,split[s0][s1];[s0]palettegen[p];[s1][p]paletteuse" {{clip.gif}}`,
	`-i {{a.mp4}} -i {{b.mp4}} -filter_complex "[0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a]" -map "[v]" -map "[a]" {{output.mp4}}`,
	`-i {{a.mp4}} -i {{b.mp4}} -filter_complex "[0:v][1:v]xfade=transition=fade:duration=1:offset=4,format=yuv420p" {{output.mp4}}`,
	`-f concat -safe 0 -i {{list.txt}} -c copy {{output.mp4}}`,
	`-i {{input.mp4}} -codec: copy -start_number 0 -hls_time 6 -hls_list_size 0 -f hls {{index.m3u8}}`,
	`-i {{input.mp4}} -c:v libx264 -hls_segment_filename outputs/seg%03d.ts -hls_base_url https://cdn.example.com/v/ -f hls outputs/index.m3u8`,
	`-i {{input.mp4}} -f hls -var_stream_map "v:0,a:0 v:1,a:1" -master_pl_name master.m3u8 -hls_segment_filename 'outputs/v%v/seg%d.ts' outputs/v%v/index.m3u8`,
	`-i {{input.mp4}} -f segment -segment_time 10 -reset_timestamps 1 -c copy {{seg%03d.ts}}`,
	`-i {{input.mp4}} -f dash -init_seg_name 'init-$RepresentationID$.$ext$' -adaptation_sets "id=0,streams=v id=1,streams=a" outputs/m.mpd`,
	`-i {{input.mp4}} -c:v libx264 -b:v 1M -pass 1 -an -f null /dev/null`,
	`-i {{input.mp4}} -c:v libx264 -b:v 1M -pass 2 -passlogfile twopass {{output.mp4}}`,
	`-i {{input.mp4}} -af loudnorm=I=-16:TP=-1.5:LRA=11:print_format=json -f null -`,
	`-i {{input.mp4}} -vf vidstabdetect=shakiness=5:result=transforms.trf -f null -`,
	`-i {{input.mp4}} -vf vidstabtransform=input=transforms.trf:smoothing=30 {{output.mp4}}`,
	`-i {{input.mp4}} -vf "subtitles={{subs.srt}}:force_style='FontName=Arial,FontSize=24,PrimaryColour=&H00FFFFFF&'" {{output.mp4}}`,
	`-i {{input.mp4}} -i {{subs.srt}} -c copy -c:s mov_text -disposition:s:0 default {{output.mp4}}`,
	`-i {{input.mp4}} -vf lut3d={{lut.cube}} {{output.mp4}}`,
	`-i {{input.mp4}} -filter:v "setpts=0.5*PTS" -filter:a "atempo=2.0" {{output.mp4}}`,
	`-i {{input.mp4}} -af "afade=t=in:st=0:d=3,volume=-3dB" -c:v copy {{output.mp4}}`,
	`-i {{input.mp4}} -i {{music.mp3}} -filter_complex "[1:a]volume=0.3[m];[0:a][m]amix=inputs=2:duration=first" -c:v copy {{output.mp4}}`,
	`-i {{input.mp4}} -af "pan=stereo|c0=0.5*c0+0.5*c1|c1=c0" {{output.mp4}}`,
	`-framerate 1/5 -i inputs/img%03d.png -r 30000/1001 -pix_fmt yuv420p {{output.mp4}}`,
	`-framerate 24 -pattern_type glob -i 'inputs/*.png' {{output.mp4}}`,
	`-loop 1 -i {{logo.png}} -i {{music.mp3}} -shortest -vf "zoompan=z='min(zoom+0.0015,1.5)':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d=125" {{output.mp4}}`,
	`-i {{input.mp4}} -filter_complex "[0:v]crop=in_w/2:in_h:0:0,geq=lum='p(X,Y)/2':cb=128:cr=128[v]" -map [v] {{output.mp4}}`,
	`-i {{input.mp4}} -filter_complex "[0:a]showwavespic=s=640x120:colors=blue|red" -frames:v 1 {{thumb.jpg}}`,
	"-i {{input.mp4}} \\\n  -filter_complex \"\n    [0:v]split=2[a][b];\n    [a]scale=640:-2[x];\n    [b]nullsink\n  \" \\\n  -map '[x]' {{output.mp4}}",
	`-i {{input.mp4}} -vf "metadata=print:key=lavfi.scene_score:file={{x.txt}}" -an -f null -`,
	`-i {{input.mp4}} -map_metadata -1 -map_chapters -1 -fflags +bitexact -flags -global_header -timecode 01:00:00:00 {{out.mkv}}`,
	`-i {{input.mp4}} -itsoffset 0.5 -i {{music.mp3}} -map 0:v -map -0:d? -map 1:a -bsf:a aac_adtstoasc -tag:v hvc1 {{output.mp4}}`,
	`-i {{meta.txt}} -f ffmetadata {{x.txt}}`,
	`-stream_loop -1 -i {{a.mp4}} -t 30 -c:v libvpx-vp9 -b:v 0 -crf 31 -row-mt 1 -deadline good {{out.webm}} -nostdin`,
}

func TestEverydayPasses(t *testing.T) {
	t.Parallel()
	for _, line := range everyday {
		if _, err := compile(line); err != nil {
			t.Errorf("%s\n\trefused: %v", line, err)
		}
	}
}

// hostile are commands that would read, write or connect where a job has no business. word is what a refusal must name.
var hostile = []struct{ line, word string }{
	// Inputs.
	{`-i /etc/passwd {{output.mp4}}`, `/etc/passwd`},
	{`-f data -i /proc/self/environ -map 0 -c copy -f data {{x.txt}}`, `/proc/self/environ`},
	{`-i "\\/etc/passwd" x.mp4`, `\/etc/passwd`},
	{`-i " /etc/passwd" x.mp4`, ` /etc/passwd`},
	{`-i ../../etc/passwd x.mp4`, `../../etc/passwd`},
	{`-i outputs/../../x x.mp4`, `outputs/../../x`},
	{`-i {{a.mp4}}/../../b x.mp4`, `inputs/a.mp4/../../b`},
	{`-i .. x.mp4`, `..`},
	{`-i file:/etc/passwd x.mp4`, `file:/etc/passwd`},
	{`-i FILE:etc x.mp4`, `FILE:etc`},
	{`-i http://169.254.169.254/latest/meta-data x.mp4`, `http://169.254.169.254/latest/meta-data`},
	{`-i "concat:{{a.ts}}|{{b.ts}}" x.ts`, `concat:inputs/a.ts|inputs/b.ts`},
	{`-i concat:/etc/passwd|/etc/hosts x.ts`, `concat:/etc/passwd|/etc/hosts`},
	{`-i subfile,,start,0,end,10,,:/etc/passwd x.mp4`, `subfile,,start,0,end,10,,:/etc/passwd`},
	{`-i crypto+file:etc x.mp4`, `crypto+file:etc`},
	{`-i data:text/plain,x x.mp4`, `data:text/plain,x`},
	{`-i cache:x x.mp4`, `cache:x`},
	{`-i async:file:x x.mp4`, `async:file:x`},
	{`-i pipe:0 x.mp4`, `pipe:0`},
	{`-i fd: x.mp4`, `fd:`},
	{`-i - x.mp4`, `-`},
	{`-i tcp://127.0.0.1:80 x.mp4`, `tcp://127.0.0.1:80`},
	{`-i unix:x.sock x.mp4`, `unix:x.sock`},
	{`-i rtsp://a/b x.mp4`, `rtsp://a/b`},
	{`-i unknownproto:x x.mp4`, `unknownproto:x`},
	{`-i /dev/zero x.mp4`, `/dev/zero`},
	{`-f v4l2 -i video0 x.mp4`, `-f v4l2`},
	{`-f X11GRAB -i x x.mp4`, `-f X11GRAB`},
	{`-f avisynth -i {{list.txt}} x.mp4`, `-f avisynth`},
	{`-pattern_type glob -i '.*/.*/etc/*' x.mp4`, `.*/.*/etc/*`},
	{`-pattern_type glob -i '.[.]/.?/etc/passwd' x.mp4`, `.[.]/.?/etc/passwd`},
	{`-pattern_type glob -i '{a,}/etc/passwd' x.mp4`, `{a,}/etc/passwd`},
	{`-pattern_type glob -i 'x{.,b}./etc' x.mp4`, `x{.,b}./etc`},
	{"-i 'a\nb' x.mp4", "a\nb"},
	{"-i 'a\x00b' x.mp4", "a\x00b"},
	{`-i "" x.mp4`, ``},
	{`-f lavfi -i /etc/passwd x.mp4`, `/etc/passwd`},
	{`-f lavfi -i movie=/etc/passwd x.mp4`, `movie`},
	{`-f lavfi -i "movie=inputs/list.txt:f=concat,sendcmd=c='0 x y z'" x.mp4`, `movie`},
	// Outputs.
	{`-i {{a.mp4}} /tmp/x.mp4`, `/tmp/x.mp4`},
	{`-i {{a.mp4}} outputs/../../x.mp4`, `outputs/../../x.mp4`},
	{`-i {{a.mp4}} rtmp://live.example/x`, `rtmp://live.example/x`},
	{`-i {{a.mp4}} -f mpegts udp://10.0.0.1:1`, `udp://10.0.0.1:1`},
	{`-i {{a.mp4}} -f mp4 -`, `-`},
	{`-i {{a.mp4}} -f null x.mp4 -f mp4 -`, `-`},
	{`-i {{a.mp4}} md5:/tmp/x`, `md5:/tmp/x`},
	{`-i {{a.mp4}} tee:x`, `tee:x`},
	{`-i {{a.mp4}} -f tee "[f=mp4]a.mp4|b.mp4"`, `-f tee`},
	{`-i {{a.mp4}} -f fifo -fifo_format rtp x`, `-f fifo`},
	{`-i {{a.mp4}} -f rtp x`, `-f rtp`},
	{`-i {{a.mp4}} -- -x.mp4`, `--`},
	// Paths in the arguments of options.
	{`-i {{a.mp4}} -c:v libx264 -x264-params stats=/tmp/x x.mp4`, `stats=/tmp/x`},
	{`-i {{a.mp4}} -c:v libx264 -x264-params keyint=4:stats=../x x.mp4`, `keyint=4:stats=../x`},
	{`-i {{a.mp4}} -x264opts "keyint=4:stats='/'tmp/x" x.mp4`, `keyint=4:stats='/'tmp/x`},
	{`-i {{a.mp4}} -f segment -segment_list /tmp/x x%d.ts`, `/tmp/x`},
	{`-i {{a.mp4}} -f hls -hls_segment_filename ../s%d.ts x.m3u8`, `../s%d.ts`},
	{`-i {{a.mp4}} -f hls -var_stream_map "v:0,name:../x" x%v.m3u8`, `v:0,name:../x`},
	{`-i {{a.mp4}} -f hls -hls_enc 1 -hls_enc_key_url http://x/ x.m3u8`, `http://x/`},
	{`-i {{a.mp4}} -passlogfile /tmp/x -pass 1 x.mp4`, `/tmp/x`},
	{`-i {{a.mp4}} -metadata /etc/passwd x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -hls_base_url file:/x x.m3u8`, `file:/x`},
	{`-i {{a.mp4}} -no_such_flag -metadata a=b /tmp/x`, `-no_such_flag`},
	{`-i {{a.mp4}} -c -f tee a`, `-c`},
	{`-i {{a.mp4}} -dump_attachment:t "" x.mp4`, `-dump_attachment:t`},
	{`-attach /etc/passwd -i {{a.mp4}} x.mkv`, `-attach`},
	// Options that are refused by name.
	{`-i {{a.mp4}} -filter_script:v {{list.txt}} x.mp4`, `-filter_script:v`},
	{`-filter_complex_script {{list.txt}} x.mp4`, `-filter_complex_script`},
	{`-i {{a.mp4}} -/vf {{list.txt}} x.mp4`, `-/vf`},
	{`-i {{a.mp4}} -fpre {{list.txt}} x.mp4`, `-fpre`},
	{`-i {{a.mp4}} -vpre x x.mp4`, `-vpre`},
	{`-i {{a.mp4}} -vstats_file x.log x.mp4`, `-vstats_file`},
	{`-i {{a.mp4}} -vstats x.mp4`, `-vstats`},
	{`-report -i {{a.mp4}} x.mp4`, `-report`},
	{`-progress x -i {{a.mp4}} x.mp4`, `-progress`},
	{`-protocol_whitelist file,http,tcp -i {{list.txt}} x.mp4`, `-protocol_whitelist`},
	{`-allowed_extensions ALL -i {{list.txt}} x.mp4`, `-allowed_extensions`},
	{`-autorotate -safe 0 -i {{list.txt}} x.mp4`, `-autorotate`},
	{`-enable_drefs 1 -use_absolute_path 1 -i {{a.mp4}} x.mp4`, `-enable_drefs`},
	{`-i {{a.mp4}} -hls_key_info_file {{list.txt}} x.m3u8`, `-hls_key_info_file`},
	{`-i {{a.mp4}} -sdp_file x.sdp x.mp4`, `-sdp_file`},
	{`-init_hw_device vulkan -i {{a.mp4}} x.mp4`, `-init_hw_device`},
	{`-f lavfi -graph_file {{list.txt}} -i x x.mp4`, `-graph_file`},
	{`-sources pulse,server=10.0.0.1`, `-sources`},
	{`-version`, `-version`},
	// Filters, under every way to write them.
	{`-i {{a.mp4}} -vf subtitles=/etc/passwd x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "subtitles='/etc/passwd'" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "subtitles=f=\/etc/passwd" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf drawtext=textfile=/etc/passwd x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "drawtext=textfile= /etc/passwd" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "drawtext=text='a:textfile=/etc/passwd'" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "drawtext=text=a:textfile='../'x" x.mp4`, `../x`},
	{`-i {{a.mp4}} -vf "drawtext=text='a',drawtext=textfile=.\./x" x.mp4`, `../x`},
	{`-i {{a.mp4}} -vf "drawtext=/text=/etc/passwd" x.mp4`, `/text`},
	{`-i {{a.mp4}} -vf "drawtext=fontfile=/usr/share/fonts/a.ttf:text=a" x.mp4`, `/usr/share/fonts/a.ttf`},
	{`-i {{a.mp4}} -vf "drawtext@text=textfile=/etc/passwd" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "sws_flags=';drawtext=textfile=/etc/passwd,drawtext=text='" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "[in]lut3d=file=/etc/passwd[out]" x.mp4`, `/etc/passwd`},
	{`-i {{a.mp4}} -vf "metadata=print:file=-" x.mp4`, `-`},
	{`-i {{a.mp4}} -vf "metadata=print:file=pipe\\\\:1" x.mp4`, `pipe:1`},
	{`-i {{a.mp4}} -vf "null;movie=http\\\\://a/b" x.mp4`, `movie`},
	{`-i {{a.mp4}} -vf "movie={{list.txt}}:format_opts='protocol_whitelist=http'" x.mp4`, `movie`},
	{`-i {{a.mp4}} -vf "movie=x:f=lavfi" x.mp4`, `movie`},
	{`-i {{a.mp4}} -vf "movie=x:lavfi" x.mp4`, `movie`},
	{`-i {{a.mp4}} -af "amovie=filename=/etc/passwd" x.mp4`, `amovie`},
	{`-i {{a.mp4}} -vf "psnr=stats_file=/tmp/x" x.mp4`, `/tmp/x`},
	{`-i {{a.mp4}} -vf "psnr=f=/tmp/x" x.mp4`, `/tmp/x`},
	{`-i {{a.mp4}} -filter_complex "[0:v]curves=plot=/tmp/x" x.mp4`, `/tmp/x`},
	{`-i {{a.mp4}} -vf "sen\dcmd=c='0 drawtext reinit textfile=/etc/passwd'" x.mp4`, `sendcmd`},
	{`-i {{a.mp4}} -vf "'zmq'@x=bind_address=tcp" x.mp4`, `zmq`},
	{`-i {{a.mp4}} -af "ladspa=file=x" x.mp4`, `ladspa`},
	{`-i {{a.mp4}} -vf frei0r=x x.mp4`, `frei0r`},
	{`-i {{a.mp4}} -filter:v:0 "null,openclsrc=source=x" x.mp4`, `openclsrc`},
	{`-i {{a.mp4}} -lavfi "[0:v]dnn_processing=model=x" x.mp4`, `dnn_processing`},
	{"-i {{a.mp4}} -vf \"null\n,\n hflip = x,\nsubtitles=\n/etc/passwd\" x.mp4", `/etc/passwd`},
}

func TestHostileRefused(t *testing.T) {
	t.Parallel()
	for _, attack := range hostile {
		words, err := compile(attack.line)
		var r *command.Refusal
		if !errors.As(err, &r) {
			t.Errorf("%s\n\tcompiled to %q, %v", attack.line, words, err)
			continue
		}
		if r.Word != attack.word || r.Reason == "" {
			t.Errorf("%s\n\trefused for %q (%s), want %q", attack.line, r.Word, r.Reason, attack.word)
		}
	}
}
