package transcodes

import "strings"

// program are ffmpeg's own options, those of "ffmpeg -h full" before the first AVOptions, of versions 5.1.9 and 7.1.5.
// Where each may stand is in ffmpeg_opt.c (OPT_INPUT, OPT_OUTPUT); ffmpeg does not start with one in the wrong place.
var program = []family{
	{title: "The whole command", where: inInput | inOutput, names: strings.Fields(`
		copy_unknown copytb copyts dts_delta_threshold dts_error_threshold hide_banner ignore_unknown loglevel max_error_rate nostats
		nostdin recast_media start_at_zero stats v xerror y`)},
	{title: "The whole command, with the output", where: inOutput, names: strings.Fields(`
		abort_on adrift_threshold async auto_conversion_filters filter_complex filter_complex_threads filter_threads
		frame_drop_threshold lavfi vsync`)},
	{title: "Inputs and the output", where: inInput | inOutput, names: strings.Fields(`
		ac acodec an ar atag bitexact c ch_layout channel_layout codec dcodec dn f pix_fmt r s sample_fmt scodec sn ss stag t tag
		thread_queue_size to top vcodec vn vtag`)},
	{title: "Inputs", where: inInput, names: strings.Fields(`
		accurate_seek canvas_size discard display_hflip display_rotation display_vflip find_stream_info fix_sub_duration
		guess_layout_max isync itsoffset itsscale noautorotate re readrate readrate_initial_burst reinit_filter seek_timestamp sseof
		stream_loop`)},
	{title: "The output", where: inOutput, names: strings.Fields(`
		ab absf af aframes apad aq aspect b bits_per_raw_sample bsf chroma_intra_matrix copyinkf copypriorss dframes disposition
		enc_time_base filter fix_sub_duration_heartbeat force_fps force_key_frames fps_mode fpsmax frames fs inter_matrix
		intra_matrix map map_channel map_chapters map_metadata max_muxing_queue_size metadata muxdelay muxing_queue_data_threshold
		muxpreload noautoscale profile program q qscale rc_override shortest shortest_buf_duration stream_group streamid time_base
		timecode timestamp vbsf vf vframes vol`)},
}
