package transcodes

import "strings"

// formats are the options of muxers and demuxers (AVFormatContext, and "ffmpeg -h muxer=mp4"), and those of the scaler and the resampler
// that ffmpeg puts into a command's filters by itself. See anyCodec for how the lists came about.
var formats = []family{
	{title: "Every format, both ways", where: inInput | inOutput, names: strings.Fields(`
		avioflags dump_separator f_strict fflags max_delay strict`)},
	{title: "Every output format", where: inOutput, names: strings.Fields(`
		audio_preload avoid_negative_ts chunk_duration chunk_size flush_packets max_interleave_delta
		metadata_header_padding output_ts_offset packetsize start_time_realtime`)},
	{title: "Every input format", where: inInput, names: strings.Fields(`
		analyzeduration codec_whitelist correct_ts_overflow duration_probesize err_detect f_err_detect
		format_whitelist formatprobesize fpsprobesize indexmem max_probe_packets max_streams max_ts_probe probesize
		rtbufsize seek2any skip_estimate_duration_from_pts skip_initial_bytes use_wallclock_as_timestamps`)},
	{title: "Single output formats", where: inOutput, names: strings.Fields(`
		allow_raw_vfw atomic_writing brand cluster_size_limit cluster_time_limit cues_to_front dash
		dash_track_number default_mode empty_hdlr_name encryption_key encryption_kid encryption_scheme final_delay
		flipped_raw_rgb frag_duration frag_interleave frag_size fragment_index frame_pts id3v2_version
		iods_audio_profile iods_video_profile ism_lookahead live loop min_frag_duration moov_size mov_gamma movflags
		movie_timescale oggpagesize page_duration pagesize peak_block_size peak_format peak_ppv plays
		reserve_index_space rf64 rtpflags serial_offset skip_iods start_number strftime update use_editlist
		use_stream_ids_as_track_ids video_track_timescale write_apetag write_bext write_btrt write_channel_mask
		write_crc32 write_header write_id3v1 write_id3v2 write_mpeg2 write_peak write_prft write_tmcd write_xing`)},
	{title: "Single input formats", where: inInput, names: strings.Fields(`
		activation_bytes advanced_editlist audible_fixed_key audible_iv audible_key ch_layout channels
		decryption_key default_delay default_fps export_all export_xmp fix_teletext_pts flv_full_metadata
		flv_ignore_prevtag flv_metadata frame_size framerate ignore_chapters ignore_editlist ignore_length
		ignore_loop interleaved_read kind loop max_fps max_gif_delay max_packet_size max_size max_stts_delta
		merge_pmt_versions min_delay missing_streams no_resync_search pattern_type pixel_format raw_packet_size
		resync_size sample_rate scan_all_pmts seek_streams_individually skip_unknown_pmt start_number
		start_number_range ts_from_file ts_packetsize use_mfra_for use_odml use_tfdt usetoc video_size`)},
	{title: "Scaling and resampling", where: inOutput, names: strings.Fields(`
		alphablend async cheby clev comp_duration dither_method dither_scale dst_h_chr_pos dst_range dst_v_chr_pos
		exact_rational filter_size filter_type first_pts gamma kaiser_beta lfe_mix_level linear_interp
		matrix_encoding max_soft_comp min_comp min_hard_comp output_sample_bits param0 param1 phase_shift precision
		rematrix_maxval rematrix_volume resample_cutoff resampler slev src_h_chr_pos src_range src_v_chr_pos
		swr_flags sws_dither sws_flags threads`)},
}
