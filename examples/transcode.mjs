#!/usr/bin/env node
// A whole client of the /v1 API in three small functions, with nothing but fetch (Node 18 or newer).
//
//   FFLAMBDA_URL=http://127.0.0.1:8080 FFLAMBDA_KEY=ffl_… node examples/transcode.mjs video.mp4
//
// The argument is a local file, which is uploaded first, or a gs://, s3:// or http(s):// URL.
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'

const host = (process.env.FFLAMBDA_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
const key = process.env.FFLAMBDA_KEY

// Creates a job that makes a 720p MP4 of a URL, and returns its id.
async function create(url) {
  const job = await call('POST', '/v1/transcodes', {
    inputs: [{ url }],
    outputFormat: 'mp4',
    preset: { quality: 'medium', resolution: '720p' },
  })
  return job.id
}

// Asks every 3 s until the job is completed, and throws if it failed or was canceled.
async function finished(id) {
  for (;;) {
    const job = await call('GET', `/v1/transcodes/${id}`)
    console.error(job.status, job.progress == null ? '' : `${Math.round(job.progress)} %`)
    if (job.status === 'completed') return job
    if (job.status === 'failed' || job.status === 'canceled') throw new Error(job.error_message ?? job.status)
    await new Promise((resolve) => setTimeout(resolve, 3000))
  }
}

// Gives a link to the result: no key needed, good for 10 minutes.
async function download(id) {
  return (await call('GET', `/v1/transcodes/${id}/download`)).url
}

// Sends a local file to a presigned URL, and returns the gs:// name that create takes.
async function upload(path) {
  const body = await readFile(path)
  const contentType = types[extname(path).toLowerCase()] ?? 'video/mp4'
  const slot = await call('POST', '/v1/upload/presigned-url', {
    filename: basename(path), contentType, fileSize: body.length,
  })
  const sent = await fetch(slot.result.uploadUrl, { method: 'PUT', headers: { 'Content-Type': contentType }, body })
  if (!sent.ok) throw new Error(`upload: HTTP ${sent.status}`)
  const confirmed = await call('POST', '/v1/upload/confirm', {
    filename: slot.result.filename, fileSize: body.length,
  })
  return confirmed.result.fileUrl
}

const types = {
  '.mp4': 'video/mp4', '.webm': 'video/webm', '.mov': 'video/quicktime', '.avi': 'video/x-msvideo',
  '.mkv': 'video/x-matroska', '.mpg': 'video/mpeg', '.mpeg': 'video/mpeg',
}

// One request with the key; errors carry the server's own words.
async function call(method, path, body) {
  const response = await fetch(host + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status}: ${answer.details ?? answer.error}`)
  return answer
}

const source = process.argv[2]
if (!source || !key) {
  console.error('usage: FFLAMBDA_URL=http://127.0.0.1:8080 FFLAMBDA_KEY=… node transcode.mjs FILE_OR_URL')
  process.exit(2)
}
try {
  const url = /^(gs|s3|https?):\/\//.test(source) ? source : await upload(source)
  const id = await create(url)
  await finished(id)
  console.log(await download(id))
} catch (error) {
  console.error(`transcode.mjs: ${error.message}`)
  process.exit(1)
}
