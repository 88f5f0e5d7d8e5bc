package command

import "strings"

var refusedOptions = []rule{
	{strings.Fields("filter_script filter_complex_script graph_file"), "reads a filter graph from a file", "write the graph itself: -vf, -af or -filter_complex"},
	{strings.Fields("fpre vpre apre spre pre"), "reads options from a file", "write the options themselves"},
	{strings.Fields("protocol_whitelist protocol_blacklist"), "is set by the server", "leave it out: only files of the job can be opened"},
	{strings.Fields("max_pixels vmax_pixels amax_pixels smax_pixels max_alloc cpuflags cpucount"), "is set by the server", "leave it out: the limits are the same for all jobs"},
	{
		strings.Fields("allowed_extensions allowed_segment_extensions extension_picky enable_drefs use_absolute_path"),
		"would let a file name others outside of the job's folder", "leave it out, and declare every file as an input",
	},
	{strings.Fields("safe"), "is set by the server", "leave it out: a concat list may name the job's own files"}, // Compile drops it before
	{
		strings.Fields("attach dump_attachment"), "opens a file past the rules for inputs and outputs",
		"leave it out: a font goes into input_files and into fontfile={{font.ttf}}; attached streams are copied by -map 0:t -c copy",
	},
	{strings.Fields("report vstats vstats_file vstats_version"), "writes a log of its own", "leave it out: the last lines of stderr are shown with a failed job"},
	{strings.Fields("debug fdebug"), "would show the server's own paths and settings in the log", "leave it out"},
	{strings.Fields("progress"), "is set by the server", "leave it out: the job shows its progress"},
	{strings.Fields("stdin"), "waits for keys that nobody presses", "leave it out"},
	{strings.Fields("follow"), "waits for a file to grow, for ever", "leave it out: inputs are complete when the command begins"},
	{strings.Fields("hls_key_info_file"), "names a file that names others", "use -hls_enc 1 with -hls_enc_key"},
	{strings.Fields("sdp_file"), "writes a file for network streams, and there is no network", "leave it out"},
	{
		strings.Fields("http_proxy headers cookies ca_file cafile cert_file cert key_file private_key tls_verify user_agent http_user_agent referer " +
			"http_opts protocol_opts method listen localaddr gateway"),
		"is for network protocols, and there is no network", "leave it out: add URLs to input_files, and the server fetches them",
	},
	{
		strings.Fields("init_hw_device filter_hw_device hwaccel_device vaapi_device qsv_device opencl_bench opencl_options"),
		"opens a device", "use a software codec, and leave it out",
	},
	{strings.Fields("omx_libname omx_libprefix load_plugin load_plugins"), "loads code from a file", "leave it out"},
	{strings.Fields("sources sinks"), "asks devices for their names", "leave it out"},
	{
		strings.Fields("L h ? help -help version buildconf formats muxers demuxers devices codecs decoders encoders bsfs protocols " +
			"filters pix_fmts layouts sample_fmts dispositions colors hwaccels"),
		"only prints, and makes no file", "leave it out",
	},
}

// refusedFormats are what reads or writes no files of its caller's naming.
var refusedFormats = []rule{
	{strings.Fields("tee fifo fifo_test"), "writes to places that are named inside of its argument", "name several outputs in one command: -i {{in}} {{a.mp4}} {{b.mp3}}"},
	{strings.Fields("rtp rtp_mpegts rtsp sap sdp whip satip"), "is a network protocol", "use a file format, such as mp4 or mpegts"},
	{
		strings.Fields(`alsa android_camera audiotoolbox avfoundation bktr caca decklink dshow fbdev gdigrab iec61883 jack kmsgrab libcdio
			libdc1394 libndi_newtek openal opengl oss pulse sdl sdl2 sndio v4l2 vfwcap video4linux2 x11grab xcbgrab xv dvdvideo`),
		"is a device", "use a file format, and one output for each file",
	},
	{strings.Fields("avisynth vapoursynth"), "runs a script", "write its steps as filters"},
}

var refusedFilters = []rule{
	{strings.Fields("movie amovie"), "opens a file past the rules for inputs", "give the file as another input, -i {{logo.png}}, and use its streams: [1:v]"},
	{strings.Fields("sendcmd asendcmd zmq azmq"), "changes other filters while they run, past every check", "use expressions or the enable option"},
	{strings.Fields("ladspa lv2 frei0r frei0r_src flite libplacebo ocv"), "loads code from outside of ffmpeg", "use a filter of ffmpeg's own"},
	{strings.Fields("program_opencl openclsrc xfade_opencl coreimage coreimagesrc"), "runs code on a device", "use a filter of ffmpeg's own"},
	{
		strings.Fields("dnn_processing dnn_detect dnn_classify sr derain asr whisper"),
		"loads a model that can hold code", "use a filter that needs no model",
	},
}

// refusedParams are keys in arguments such as that of -x264-params. From x264 0.164's param_parse, x265 4.1's param.cpp and
// x265cli.cpp, SVT-AV1 2.3's EbAppConfig.c and kvazaar 2.3's cli.c.
var refusedParams = []rule{
	{strings.Fields("recon-y4m-exec"), "starts a program", "leave it out"},
	{strings.Fields("opencl opencl-clbin opencl-device"), "loads code for a device", "leave it out"},
	{strings.Fields("config"), "reads options from a file", "write the options themselves"},
	{
		strings.Fields("dump-yuv recon log-file errlog dolby-vision-rpu nalu-file abr-ladder scenecut-qp-config tcfile-in tcfile-out " +
			"tc-file tcfile input-stat-file output-stat-file roi roi-file roi-map-file"),
		"opens a file past the rules for inputs and outputs", "leave it out",
	},
}

// fileParams are the keys there whose value is a file that a job may have good use for.
var fileParams = strings.Fields(`
	aom-film-grain analysis-load analysis-reuse-file analysis-save cqm cqmfile csv dhdr10-info fgs-table film-grain film-grain-table first-pass fpf
	lambda-file partition-info-path pred-struct-file qp-file qpfile rate-distribution-info scaling-list second-pass second-pass-log stat-file stats
	two-pass-input two-pass-output vmaf-model-path zonefile`)
