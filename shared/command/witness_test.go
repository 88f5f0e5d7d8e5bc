package command

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// The witness reads a command a second time as ffmpeg's split_commandline, open_files and avfilter_graph_parse do, with lists of its own
// of what must never come through. It finds what a command would reach; what it does not know it takes for harmless, so that
// it is right wherever it speaks.

// witnessed are the options without an argument in one version of ffmpeg (OPT_BOOL and functions without HAS_ARG).
type witnessed []string

// ffmpeg5 and ffmpeg7 differ in options that lost their argument, and gained one.
func ffmpeg5() witnessed {
	return strings.Fields("accurate_seek an auto_conversion_filters benchmark benchmark_all bitexact copy_unknown copyinkf copyts debug_ts " +
		"dn dump find_stream_info fix_sub_duration force_fps hex hide_banner ignore_unknown n psnr qphist re recast_media report shortest sn " +
		"start_at_zero stats stdin vn vstats xerror y noautorotate noautoscale")
}

func ffmpeg7() witnessed {
	return append(ffmpeg5(), strings.Fields("autorotate autoscale display_hflip display_vflip fix_sub_duration_heartbeat")...)
}

const (
	neverOptions = " protocol_whitelist protocol_blacklist filter_script filter_complex_script fpre vpre apre spre pre attach dump_attachment " +
		"vstats vstats_file report progress init_hw_device enable_drefs use_absolute_path hls_key_info_file http_proxy headers cookies ca_file " +
		"cert_file key_file sdp_file stdin cpuflags max_alloc max_pixels follow "
	neverFormats = " tee fifo rtsp sdp sap rtp v4l2 video4linux2 x11grab alsa fbdev kmsgrab pulse jack decklink oss openal iec61883 caca opengl sdl "
	neverFilters = " movie amovie sendcmd asendcmd zmq azmq ladspa lv2 frei0r frei0r_src program_opencl openclsrc flite libplacebo whisper "
	someProtocol = " async bluray cache concat concatf crypto data fd file ftp gopher gophers hls http httpproxy https icecast ipfs ipns mmsh mmst " +
		"pipe prompeg rtmp rtmpe rtmps rtmpt rtmpte rtmpts rtp rtsp sctp srt srtp subfile tcp tee tls udp udplite unix "
	graphOptions = " vf af lavfi filter filter_complex "
	fileOptions  = " passlogfile hls_segment_filename segment_list hls_fmp4_init_filename master_pl_name init_seg_name media_seg_name "
	codeParams   = " x264-params x264opts x265-params svtav1-params aom-params "
)

// pathFilters are options of filters that are opened, by filter and key. Others are not looked at.
const pathFilters = " subtitles.filename subtitles.fontsdir subtitles.f ass.filename ass.fontsdir drawtext.textfile drawtext.fontfile lut3d.file " +
	"lut1d.file curves.psfile removelogo.filename metadata.file ametadata.file psnr.stats_file ssim.stats_file libvmaf.log_path " +
	"vidstabdetect.result vidstabtransform.input signature.filename sofalizer.sofa arnndn.model showcqt.fontfile showcqt.axisfile "

func among(list, name string) bool {
	return name != "" && !strings.Contains(name, " ") && strings.Contains(list, " "+name+" ")
}

// testify reads words as that ffmpeg does, and tells what they reach that they must not.
func (flags witnessed) testify(words []string) (found []string) {
	format := ""
	for i := 0; i < len(words); {
		word := words[i]
		i++
		if word == "" || word[0] != '-' || word == "-" {
			if thrown := word == "/dev/null" || word == "-" && format == "null"; !thrown && leads(word) {
				found = append(found, "writes "+word)
			}
			format = ""
			continue
		}
		name, _, _ := strings.Cut(word[1:], ":")
		if slices.Contains(flags, name) || strings.HasPrefix(name, "no") && slices.Contains(flags, name[2:]) {
			if among(neverOptions, name) {
				found = append(found, "sets "+word)
			}
			continue
		}
		if i == len(words) {
			return found // ffmpeg: missing argument
		}
		argument := words[i]
		i++
		switch {
		case among(neverOptions, name) || name != "" && name[0] == '/':
			found = append(found, "sets "+word)
		case word == "-f":
			format = argument
			found = append(found, formats(argument)...)
		case word == "-i":
			if format == "lavfi" {
				found = append(found, graphReaches(argument)...)
			} else if leads(argument) {
				found = append(found, "reads "+argument)
			}
			format = ""
		default:
			found = append(found, argumentReaches(name, argument)...)
		}
	}
	return found
}

func argumentReaches(name, argument string) (found []string) {
	switch {
	case among(graphOptions, name):
		return graphReaches(argument)
	case among(fileOptions, name) && leads(argument):
		return []string{"-" + name + " opens " + argument}
	case name == "loglevel" || name == "v":
		if n, err := strconv.Atoi(argument[strings.LastIndexByte(argument, '+')+1:]); err == nil && n > 32 || strings.HasSuffix(argument, "debug") || strings.HasSuffix(argument, "verbose") {
			return []string{"logs at " + argument}
		}
	case name == "hls_flags" && strings.Contains(argument, "append_list"):
		return []string{"continues a playlist"}
	case among(codeParams, name): // x264 and x265 split at colons, and quote nothing
		for pair := range strings.SplitSeq(argument, ":") {
			key, value, _ := strings.Cut(pair, "=")
			if strings.ReplaceAll(key, "_", "-") == "recon-y4m-exec" || among(" stats csv qpfile zonefile cqmfile ", key) && leads(value) {
				found = append(found, "-"+name+" opens "+pair)
			}
		}
	}
	return found
}

func formats(argument string) (found []string) {
	for name := range strings.SplitSeq(argument, ",") {
		if among(neverFormats, name) {
			found = append(found, "uses format "+name)
		}
	}
	return found
}

func graphReaches(graph string) (found []string) {
	filters, _ := witnessGraph(graph) // what follows an error is never made, and what is before it may be
	for _, f := range filters {
		name, _, _ := strings.Cut(f.name, "@")
		if among(neverFilters, name) {
			found = append(found, "filters by "+name)
		}
		for _, o := range f.options {
			if strings.HasPrefix(o.key, "/") || among(pathFilters, name+"."+o.key) && leads(o.value) {
				found = append(found, name+" opens "+o.key+" "+o.value)
			}
		}
	}
	return found
}

// leads reports whether ffmpeg, given that as a file, leaves the working folder: ffurl_alloc's rule for protocols, and the kernel's for paths.
func leads(file string) bool {
	scheme := 0
	for scheme < len(file) && (keyChar(file[scheme]) && file[scheme] != '_' && file[scheme] != '/' || file[scheme] == '+') {
		scheme++
	}
	if scheme < len(file) && (file[scheme] == ':' || file[scheme] == ',') {
		name, _, _ := strings.Cut(file[:scheme], "+")
		if among(someProtocol, strings.ToLower(name)) {
			return true
		}
	}
	clean := path.Clean(file)
	return path.IsAbs(file) || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(file, "\x00")
}
