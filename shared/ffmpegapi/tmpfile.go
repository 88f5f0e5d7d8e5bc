package ffmpegapi

// TempFile is the answer to POST /api/tmp-file: where a file may be PUT, and where it can be read then.
type TempFile struct {
	Data struct {
		UploadURL   string `json:"upload_url"`
		DownloadURL string `json:"download_url"`
	} `json:"data"`
}

// ShowTempFile wraps the two URLs.
func ShowTempFile(upload, download string) TempFile {
	var t TempFile
	t.Data.UploadURL, t.Data.DownloadURL = upload, download
	return t
}
