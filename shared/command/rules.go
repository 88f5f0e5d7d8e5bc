package command

import (
	"slices"
	"strings"
)

// kind is what an option's argument is to ffmpeg.
type kind int

const (
	plainOption   kind = iota // a value; a path may still hide in it
	inputOption               // a file to read, or after -f lavfi a filter graph
	formatOption              // a muxer, demuxer or device
	graphOption               // a filter graph
	fileOption                // the name of a file, and nothing else
	textOption                // text that is never opened
	refusedOption             // not taken
)

// kindOf takes an option's name without dash and stream specifier.
func kindOf(name string) kind {
	switch name {
	case "i":
		return inputOption
	case "f":
		return formatOption
	case "vf", "af", "filter", "filter_complex", "lavfi", "graph":
		return graphOption
	case "attach", "dump_attachment", "passlogfile", "stats_enc_pre", "stats_enc_post", "stats_mux_pre":
		return fileOption
	case "metadata", "hls_base_url", "segment_list_entry_prefix":
		return textOption
	}
	if _, ok := find(refusedOptions, name); ok || strings.HasPrefix(name, "/") {
		return refusedOption
	}
	return plainOption
}

// flags are ffmpeg's options without an argument, of versions 4 to 8, but for those that are refused.
// A flag may also be written with "no" in front. A name that takes an argument in some version (as -autorotate did up to 5)
// must not be here: with it, a file's name could pass for the argument of the option before.
var flags = strings.Fields(`
	accurate_seek an auto_conversion_filters noautorotate noautoscale benchmark benchmark_all bitexact copy_unknown copyinkf
	copyts debug_ts display_hflip display_vflip dn dump find_stream_info fix_sub_duration fix_sub_duration_heartbeat force_fps
	hex hide_banner ignore_unknown n print_graphs psnr qphist re recast_media shortest sn start_at_zero stats stdin vn xerror y`)

// IsFlag reports whether an option (with its dash and perhaps a stream specifier) takes no argument.
func IsFlag(option string) bool { return isFlag(optionName(option)) }

func isFlag(name string) bool {
	return slices.Contains(flags, name) || slices.Contains(flags, strings.TrimPrefix(name, "no"))
}

// rule refuses names, and says why and what to use instead.
type rule struct {
	names  []string
	reason string
	hint   string
}

func find(rules []rule, name string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return slices.Contains(r.names, name) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

var refusedOptions = []rule{
	{[]string{"filter_script", "filter_complex_script", "graph_file"}, "reads a filter graph from a file", "write the graph itself: -vf, -af or -filter_complex"},
	{[]string{"fpre", "vpre", "apre", "spre", "pre"}, "reads options from a file", "write the options themselves"},
	{[]string{"protocol_whitelist", "protocol_blacklist"}, "is set by the server", "leave it out: only files of the job can be opened"},
	{
		[]string{"allowed_extensions", "allowed_segment_extensions", "extension_picky", "enable_drefs", "use_absolute_path"},
		"would let a file name others outside of the job's folder", "leave it out, and declare every file as an input",
	},
	{[]string{"safe"}, "is set by the server", "leave it out: a concat list may name the job's own files"}, // Compile drops it before
	{[]string{"report", "vstats", "vstats_file", "vstats_version"}, "writes a log of its own", "leave it out: the last lines of stderr are shown with a failed job"},
	{[]string{"progress"}, "is set by the server", "leave it out: the job shows its progress"},
	{[]string{"sdp_file", "hls_key_info_file"}, "names a file that names others", "use -hls_enc 1 with -hls_enc_key for encryption"},
	{[]string{"init_hw_device", "vaapi_device", "qsv_device"}, "opens a device", "use a software codec"},
	{[]string{"omx_libname", "omx_libprefix", "load_plugins"}, "loads code from a file", "leave it out"},
	{[]string{"sources", "sinks"}, "asks devices for their names", "leave it out"},
	{
		strings.Fields("L h ? help -help version buildconf formats muxers demuxers devices codecs decoders encoders bsfs protocols " +
			"filters pix_fmts layouts sample_fmts dispositions colors hwaccels"),
		"only prints, and makes no file", "leave it out",
	},
}

// refusedFormats are devices, network protocols, scripts, and muxers whose outputs are named inside of one word.
var refusedFormats = strings.Fields(`
	tee fifo fifo_test rtp rtp_mpegts rtsp sap sdp whip satip
	alsa android_camera audiotoolbox avfoundation bktr caca decklink dshow fbdev gdigrab iec61883 jack kmsgrab libcdio
	libdc1394 libndi_newtek openal opengl oss pulse sdl sdl2 sndio v4l2 vfwcap video4linux2 x11grab xcbgrab xv
	video4linux2,v4l2 sdl,sdl2 avisynth vapoursynth dvdvideo`)

var refusedFilters = []rule{
	{[]string{"sendcmd", "asendcmd", "zmq", "azmq"}, "changes other filters while they run, past every check", "use expressions or the enable option"},
	{[]string{"ladspa", "lv2", "frei0r", "frei0r_src", "flite", "libplacebo"}, "loads code from outside of ffmpeg", "use a filter of ffmpeg's own"},
	{[]string{"program_opencl", "openclsrc", "xfade_opencl", "coreimage", "coreimagesrc"}, "runs code on a device", "use a filter of ffmpeg's own"},
	{
		[]string{"dnn_processing", "dnn_detect", "dnn_classify", "sr", "derain", "asr", "whisper"},
		"loads a model that can hold code", "use a filter that needs no model",
	},
}

// fileKeys are the options by which any filter takes a file.
var fileKeys = strings.Fields(`
	filename textfile fontfile fontsdir file stats_file log_path psfile plot dumpfile sofa cover object hint result axisfile`)

// fileFirst are the filters whose first value without a key is a file.
var fileFirst = strings.Fields("movie amovie subtitles ass lut1d lut3d removelogo arnndn")
