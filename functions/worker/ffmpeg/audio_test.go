package ffmpeg_test

// encoded is a kind that encodes the tone into a file, which has to hold this codec.
func encoded(name, options, file, codec string) kind {
	return kind{name, []string{"ffmpeg -i ../in/tone.wav " + options + " " + file}, []look{made(file, codec)}}
}

// heard is a kind that puts the tone through a filter, which must not leave silence, nor the tone as it was.
func heard(filter string) kind {
	return kind{"audio " + filter, []string{
		"ffmpeg -i ../in/tone.wav -af " + filter + " -ar 44100 out.wav",
		"ffmpeg -i out.wav -af volumedetect -f null -",
		"ffmpeg -i ../in/tone.wav -f md5 in.md5", "ffmpeg -i out.wav -f md5 out.md5",
		"ffmpeg -i out.wav -af volumedetect -f null -",
	}, []look{made("out.wav", "pcm_s16le"), says(`mean_volume: -[0-4]?[0-9]\.[0-9] dB`), differ("in.md5", "out.md5", 1)}}
}

var audio = []kind{
	encoded("Opus", "-c:a libopus -b:a 64k", "out.opus", "opus"),
	encoded("MP3", "-c:a libmp3lame -q:a 4 -id3v2_version 3 -metadata title=x", "out.mp3", "mp3"),
	encoded("Vorbis", "-c:a libvorbis -q:a 4", "out.ogg", "vorbis"),
	encoded("AAC", "-c:a aac -b:a 96k", "out.m4a", "aac"),
	encoded("FLAC", "-c:a flac", "out.flac", "flac"),
	encoded("ALAC", "-c:a alac", "out.m4a", "alac"),
	encoded("AC-3", "-c:a ac3 -b:a 192k", "out.ac3", "ac3"),
	encoded("E-AC-3", "-c:a eac3 -b:a 192k", "out.eac3", "eac3"),
	encoded("WAV 8 kHz mono", "-ar 8000 -ac 1 -c:a pcm_mulaw", "out.wav", "pcm_mulaw"),
	encoded("AIFF", "-c:a pcm_s24be", "out.aiff", "pcm_s24be"),
	heard("aresample=48000:resampler=soxr:precision=28"),
	heard("loudnorm=I=-16:TP=-1.5:LRA=11"),
	heard("atempo=1.5"),
	heard("equalizer=f=440:t=q:w=1:g=-9"),
	heard("dynaudnorm=framelen=50:gausssize=3:altboundary=1"),
	heard("rubberband=pitch=1.2:tempo=0.8"),
	heard("acompressor=threshold=0.05:ratio=4,highpass=f=200"),
	{"sound of a video", []string{"ffmpeg -i ../in/clip.mp4 -vn -c:a libmp3lame out.mp3"}, []look{made("out.mp3", "mp3")}},
	{"mix of two", []string{"ffmpeg -i ../in/tone.wav -i ../in/clip.mp4 -filter_complex [0:a][1:a]amix=inputs=2:duration=longest -vn -c:a aac out.m4a"},
		[]look{made("out.m4a", "aac")}},
	{"waveform", []string{"ffmpeg -i ../in/tone.wav -filter_complex showwavespic=s=200x60:colors=white -frames:v 1 -pix_fmt gray -f rawvideo out.gray"},
		[]look{ink("out.gray", 500)}},
	{"spectrum", []string{"ffmpeg -i ../in/tone.wav -filter_complex showspectrum=s=128x64 -an -pix_fmt yuv420p -c:v libx264 -preset ultrafast out.mp4"},
		[]look{made("out.mp4", "h264 yuv420p")}},
	{"silence found", []string{"ffmpeg -f lavfi -i anullsrc=d=1 -af silencedetect=d=0.5 -f null -"}, []look{says("silence_start: 0")}},
	{"loudness measured", []string{"ffmpeg -i ../in/tone.wav -af ebur128=peak=true -f null -"}, []look{says(`I: +-\d+\.\d LUFS`)}},
}
