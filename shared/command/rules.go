package command

import (
	"slices"
	"strings"
)

// kind is what an option's argument is to ffmpeg.
type kind int

const (
	plainOption       kind = iota // a value; a path may still hide in it
	inputOption                   // a file to read, or after -f lavfi a filter graph
	formatOption                  // a muxer, demuxer or device
	innerFormatOption             // the same, inside of another muxer
	graphOption                   // a filter graph
	fileOption                    // the name of a file, or a pattern of names, and nothing else
	textOption                    // key=text that is never opened
	linkOption                    // a URL or path that is written down and never opened
	levelOption                   // how much is logged
	codecOption                   // a codec's name
	accelOption                   // a way to decode in hardware
	variantOption                 // HLS variants, whose names become parts of file names
	listFlagsOption               // the HLS muxer's flags
	paramsOption                  // key=value pairs for an encoder's library
	innerOption                   // key=value pairs for what works inside of a muxer
	refusedOption                 // not taken
)

// kinds are the options that are not plain, by name without dash and stream specifier.
var kinds = []struct {
	kind  kind
	names []string
}{
	{inputOption, strings.Fields("i")},
	{formatOption, strings.Fields("f")},
	{innerFormatOption, strings.Fields("segment_format fifo_format")},
	{graphOption, strings.Fields("vf af filter filter_complex lavfi graph")},
	{fileOption, strings.Fields(`
		hls_enc_key_url hls_fmp4_init_filename hls_master_name hls_segment_filename hls_subtitle_path init_seg_name master_pl_name media_seg_name
		passlogfile print_graphs_file segment_header_filename segment_list single_file_name stats_enc_post stats_enc_pre stats_mux_pre sub_name`)},
	{textOption, strings.Fields("metadata")},
	{linkOption, strings.Fields("hls_base_url segment_list_entry_prefix utc_timing_url")},
	{levelOption, strings.Fields("loglevel v")},
	{codecOption, strings.Fields("acodec c codec dcodec scodec vcodec")},
	{accelOption, strings.Fields("hwaccel")},
	{variantOption, strings.Fields("var_stream_map")},
	{listFlagsOption, strings.Fields("hls_flags")},
	{paramsOption, strings.Fields(`
		aom-params kvazaar-params oapv-params rav1e-params svtav1-params vvenc-params x264-params x264opts x265-params xavs2-params xeve-params`)},
	{innerOption, strings.Fields("format_options hls_segment_options hls_ts_options hls_vtt_options segment_format_options")},
}

// kindOf takes an option's name without dash and stream specifier.
func kindOf(name string) kind {
	for _, k := range kinds {
		if slices.Contains(k.names, name) {
			return k.kind
		}
	}
	if _, ok := find(refusedOptions, name); ok || strings.HasPrefix(name, "/") {
		return refusedOption
	}
	return plainOption
}

// flags are ffmpeg's options without an argument, of versions 4 to 8, but for most of those that are refused.
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

// rule refuses names, and says why and what to use instead. docs/policy.md has a row for each.
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
