package transcodes

import (
	"slices"
	"strings"
)

// refusal is why options are refused by name, in words that end the sentence "-report is refused: …".
type refusal struct {
	names []string
	why   string
}

// refused are the options of ffmpeg that would take over what the server does itself, reach beyond the job's one output,
// or mean different things to different versions of ffmpeg.
var refused = []refusal{
	{names("i"), "source files go into inputs"},
	{names("n"), "the server names the output file, so there is nothing that could be overwritten"},
	{names("progress stats_period"), "the server reads the progress itself; it is in the job's progress field"},
	{names("pass passlogfile"), "a job is one command, and two passes are two; use -crf, or -b:v with -maxrate and -bufsize"},
	{
		names("report vstats vstats_file vstats_version stats_enc_pre stats_enc_pre_fmt stats_enc_post stats_enc_post_fmt stats_mux_pre stats_mux_pre_fmt sdp_file"),
		"it writes a file beside the output, and a job has one output",
	},
	{names("dump_attachment"), "it writes a file beside the output, and a job has one output; map the stream instead"},
	{names("attach"), "it names a file; the sources of a job are those in inputs"},
	{names("filter_script filter_complex_script"), "it reads the filters from a file; write them out with -vf, -af, -filter_complex or in filters"},
	{names("fpre vpre apre spre pre"), "it reads options from a file; write the options themselves, such as -preset"},
	{names("target"), "it chooses a format of its own; outputFormat does that"},
	{
		names("protocol_whitelist protocol_blacklist protocol_opts enable_drefs use_absolute_path export_path_metadata safe"),
		"the server sets what ffmpeg may open; leave it out",
	},
	{names("cpucount cpuflags max_alloc max_pixels timelimit"), "the server sets the limits of a job; leave it out"},
	{
		names("hwaccel hwaccel_device hwaccel_output_format hwaccel_flags extra_hw_frames init_hw_device filter_hw_device vaapi_device qsv_device"),
		"it opens a device, and the server has none; leave it out and use a software codec",
	},
	{names("sources sinks"), "it asks devices for their names; leave it out"},
	{
		names("benchmark benchmark_all debug debug_ts dump fdebug hex psnr qphist"),
		"it only writes to ffmpeg's log, which is not part of the job; leave it out",
	},
	{names("stdin"), "nobody can type anything while a job runs; leave it out"},
	{names("autorotate"), "ffmpeg 5 wants an argument and ffmpeg 7 none; it is the default, and -noautorotate switches it off"},
	{names("autoscale"), "ffmpeg 5 wants an argument and ffmpeg 7 none; it is the default, and -noautoscale switches it off"},
	{names("srcw srch dstw dsth"), "ffmpeg itself refuses it outside of a filter; use -s, or scale in -vf"},
	{names("src_format dst_format"), "ffmpeg itself refuses it outside of a filter; use -pix_fmt, or format in -vf"},
	{names("cryptokey"), "ffmpeg cannot take binary data on its command line; use -decryption_key"},
	{
		names("L h ? help -help version buildconf formats muxers demuxers devices codecs decoders encoders bsfs protocols " +
			"filters pix_fmts layouts sample_fmts dispositions colors hwaccels"),
		"it only prints, and makes no file; leave it out",
	},
}

func names(list string) []string { return strings.Fields(list) }

// whyRefused is the reason why an option is refused by name; "" where it is not. name has no dash and no stream specifier.
func whyRefused(name string) string {
	i := slices.IndexFunc(refused, func(r refusal) bool { return slices.Contains(r.names, name) })
	if i < 0 {
		return ""
	}
	return refused[i].why
}
