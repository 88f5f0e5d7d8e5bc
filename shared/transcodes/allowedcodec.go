package transcodes

import "strings"

// anyCodec are the options that every codec has (AVCodecContext), as "ffmpeg -h full" lists them. Of these, and of no others,
// ffmpeg also takes a short form with the letter of the stream's type in front: -vb, -aprofile.
//
// Here and in the other families of AVOptions: all that ffmpeg 5.1.9 (Debian) and our own 7.1.5 list, but for those in refused.
// TestEveryOption compares, and prints what is missing.
var anyCodec = []family{
	{title: "Every codec, both ways", where: inInput | inOutput, names: strings.Fields(`
		ac ar ch_layout channel_layout chroma_sample_location color_primaries color_range color_trc colorspace
		dump_separator err_detect export_side_data field_order flags flags2 idct max_samples strict thread_type
		threads ticks_per_frame`)},
	{title: "Every encoder", where: inOutput, names: strings.Fields(`
		ab aspect audio_service_type b b_qfactor b_qoffset bf bidir_refine bt bufsize cmp compression_level cutoff
		dark_mask dc dct dia_size frame_size g global_quality i_qfactor i_qoffset ildctcmp keyint_min last_pred
		level lumi_mask maxrate mbcmp mbd mblmax mblmin me_range minrate mv0_threshold nssew p_mask pre_dia_size
		precmp profile qblur qcomp qdiff qmax qmin rc_init_occupancy rc_max_vbv_use rc_min_vbv_use refs sar
		scplx_mask slices subcmp subq tcplx_mask trellis`)},
	{title: "Every decoder", where: inInput, names: strings.Fields(`
		apply_cropping bug codec_whitelist discard_damaged_percentage ec lowres request_channel_layout
		request_sample_fmt skip_alpha skip_bottom skip_frame skip_idct skip_loop_filter skip_top sub_charenc
		sub_charenc_mode sub_text_format`)},
}

// oneCodec are the options of the encoders and decoders of everyday work ("ffmpeg -h encoder=libx264"): TestEveryOption names them.
var oneCodec = []family{
	{title: "Single encoders", where: inOutput, names: strings.Fields(`
		8x8dct a53cc aac_coder aac_is aac_ltp aac_ms aac_pce aac_pns aac_pred aac_tns abr ad_conv_type afterburner
		alpha_bits alternate_scan aom-params application apply_phase_inv aq-mode aq-strength arnr-max-frames
		arnr-maxframes arnr-strength arnr-type arnr_max_frames arnr_strength arnr_type aud auto-alt-ref
		avcintra-class b-bias b-pyramid b_sensitivity b_strategy bits_per_mb bluray-compat border_mask brd_scale
		center_mixlev ch_mode channel_coupling chroma_elim_threshold chromaoffset coder context copyright
		corpus-complexity cpl_start_band cplxblur cpu-used cr_size cr_threshold crf crf_max data_partitioning
		deadline deblock denoise-block-size denoise-noise-level dheadphone_mode dialnorm direct-pred dmix_mode
		dolbyvision dpi dpm drop-threshold drop_frame_timecode dsur_mode dsurex_mode eld_sbr enable-1to4-partitions
		enable-ab-partitions enable-angle-delta enable-cdef enable-cfl-intra enable-diff-wtd-comp
		enable-dist-wtd-comp enable-dual-filter enable-filter-intra enable-flip-idtx enable-global-motion
		enable-interinter-wedge enable-interintra-comp enable-interintra-wedge enable-intra-edge-filter
		enable-intrabc enable-masked-comp enable-obmc enable-onesided-comp enable-paeth-intra enable-palette
		enable-rect-partitions enable-reduced-reference-set enable-ref-frame-mvs enable-restoration
		enable-smooth-interintra enable-smooth-intra enable-tpl enable-tx64 error-resilience error-resilient
		error_rate exact_rice_parameters fast-pskip fastfirstpass fec force_duplicated_matrix forced-idr
		frame-parallel frame_duration gifflags gifimage global_palette gmc gop_timecode height hielevel huffman
		ibias iblock intra-refresh intra_penalty intra_vlc joint_stereo la_depth lag-in-frames level lmax lmin
		loro_cmixlev loro_surmixlev lossless lpc_coeff_precision lpc_passes lpc_type ltrt_cmixlev ltrt_surmixlev
		luma_elim_threshold lumi_aq mapping_family max-intra-rate max_partition_order max_prediction_order
		maxsection-pct mb_info mbs_per_slice mbtree me_method me_quality mepc mepre min-gf-interval
		min_partition_order min_prediction_order minsection-pct mixed-refs mixing_level motion-est motion_est
		mpeg_quant mpv_flags multi_dim_quant nal-hrd nitris_compat noise-sensitivity noise_reduction
		non_linear_quant opus_delay original overshoot-pct packet_loss partitions per_frame_metadata pred
		prediction_order_method preset profile ps psy psy-rd qp qsquish quality quant_mat quantizer_noise_shaping
		rav1e-params rc-lookahead rc_buf_aggressivity rc_eq rc_init_cplx rc_lookahead rc_qmod_amp rc_qmod_freq
		reduced-tx-type-set reservoir room_type row-mt sc_detection sc_threshold scan_offset screen-content-mode
		seq_disp_ext sharpness signaling skip_cmp skip_exp skip_factor skip_threshold slice-max-size slicecrc speed
		ssim ssim_acc static-thresh stereo_rematrixing still-picture surround_mixlev svtav1-params tier tile-columns
		tile-rows tile_columns tile_rows tiles timecode_frame_start ts-parameters tune tune-content udu_sei
		undershoot-pct usage use-inter-dct-only use-intra-dct-only use-intra-default-tx-only variance_aq vbr vendor
		video_format vp8flags weightb weightp wpredp x264-params x264opts x265-params`)},
	{title: "Single decoders", where: inInput, names: strings.Fields(`
		alllayers apply_defdispwin apply_phase_inv cc_format channel_order cons_noisegen core_only downmix drc_scale
		dual_mono_mode enable_er extern_huff extra_bits_bug filmgrain framethreads heavy_compr height is_avc
		max_frame_delay nal_length_size noref_gray operating_point oppoint page skip_gray strict-displaywin subimage
		target_level thumbnail tilethreads top trans_color use_buggy_lpc width x264_build`)},
}
