// Sends what the vendor's TypeScript client and its automation node send, with nothing but fetch (Node 18 or newer):
// the slash at the end of the base URL stays, there is no Content-Type but fetch's own text/plain, ids are
// percent-encoded, and a body is parsed whole and once.
// Environment: URL, KEY, CLIP (a local MP4 of 1 s with sound), INPUT (an http URL of it).
// Prints a line for each step, and ends with 1 at the first that is wrong.
import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'

const { URL: host, KEY: key, CLIP, INPUT: input } = process.env
const base = `${host}/api/`

async function request(method, path, body, token = key) {
  const response = await fetch(base + path, {
    method,
    redirect: 'error', // a redirected POST would come as a GET
    headers: { Authorization: `Bearer ${token}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status, code: answer.errorCode })
  assert.equal(response.status, 200)
  return answer
}

const run = async (body, wait = false) => (await request('POST', `/ffmpeg${wait ? '?wait=true' : ''}`, body)).data
const get = async (id) => (await request('GET', `/jobs/${encodeURIComponent(id)}`)).data
const cancel = async (id) => (await request('POST', `/jobs/${encodeURIComponent(id)}/cancel`)).data
const refused = (promise, status, code, words = /./) => assert.rejects(promise, { status, code, message: words })

async function finished(job) {
  for (let left = 600; left > 0 && !['succeeded', 'failed', 'cancelled'].includes(job.status); left--) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    job = await get(job.id)
  }
  return job
}

async function download(url) {
  const response = await fetch(url)
  assert.equal(response.status, 200)
  return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) }
}

// A key is tested with the shortest list there is.
const empty = await request('GET', '/jobs?limit=1')
assert.deepEqual(empty, { data: [], pagingParams: { limit: 1, offset: 0, total: 0, hasMore: false } })
await refused(request('GET', '/jobs?limit=1', undefined, 'wrong'), 401, 'badApiKey')
console.log('key test')

const commands = {
  input_files: { 'in.mp4': input }, output_files: ['out.mp4'], ffmpeg_commands: ['-i {{in.mp4}} -t 0.4 -c:v libx264 -preset ultrafast -c:a aac {{out.mp4}}'], machine: 'cpu',
}
const created = await run(commands)
assert.deepEqual([created.status, created.output_files, created.input_files, created.webhook_url], ['queued', {}, { 'in.mp4': input }, null])
assert.ok(created.timeout_seconds >= 840) // nobody sent one
const done = await finished(created)
assert.equal(done.status, 'succeeded', done.error_message)
const film = await download(done.output_files['out.mp4'])
assert.deepEqual([film.type, film.bytes.toString('latin1', 4, 8), film.bytes.length], ['video/mp4', 'ftyp', done.total_output_bytes])
console.log('run and poll')

const waited = await run({ ...commands, webhook_url: null }, true)
assert.equal(waited.status, 'succeeded', waited.error_message)
assert.deepEqual((await download(waited.output_files['out.mp4'])).bytes.length, waited.total_output_bytes)
const failed = await run({ input_files: {}, output_files: ['a.mp4'], ffmpeg_commands: ['-i nothing.mp4 {{a.mp4}}'] }, true)
assert.equal(failed.status, 'failed')
assert.match(failed.error_message, /nothing\.mp4/)
console.log('run and wait')

const endless = await run({ input_files: {}, output_files: ['a.mp4'], ffmpeg_commands: ['-re -f lavfi -i testsrc=size=64x64 -c:v mpeg4 {{a.mp4}}'] })
assert.equal((await cancel(endless.id)).status, 'cancelled')
await refused(cancel(endless.id), 400, 'badRequest', /already cancelled/)
console.log('cancel')

// An id is one segment of the path, whatever is in it.
for (const id of ['a/b', `${done.id}/cancel`, '../jobs', '..', '%2e%2e', '%', 'ä?b#c', `${done.id}?`, 'null']) {
  await refused(get(id), 404, 'notFound', id === '..' ? /./ : /^Job not found$/)
}
await refused(cancel('a/b'), 404, 'notFound', /^Job not found$/)
console.log('ids')

const page = await request('GET', '/jobs?limit=2&offset=1')
assert.deepEqual(page.data.map((j) => j.id), [failed.id, waited.id])
assert.deepEqual(page.pagingParams, { limit: 2, offset: 1, total: 4, hasMore: true })
await refused(run({ ...commands, ffmpeg_commands: ['-i {{input}} {{out.mp4}}'] }), 400, 'badRequest', /\{\{input\}\}/)
await refused(run({ ...commands, output_files: [] }), 400, 'validationError', /output_files/)
await refused(run({ ...commands, machine: 'nvidia' }), 400, 'badRequest', /GPU/)
await refused(request('POST', '/ffmpeg'), 400, 'validationError')
await refused(request('GET', '/nothing'), 404, 'notFound')
await refused(request('DELETE', '/jobs'), 404, 'notFound')
console.log('list and errors')

// A file goes up by PUT: whole with fetch's own type or none, and as a stream, which fetch sends in chunks.
const clip = readFileSync(CLIP)
const bodies = { none: clip, blob: new Blob([clip], { type: 'video/mp4' }), string: 'just text: ä' }
for (const [what, body] of Object.entries(bodies)) {
  const { data } = await request('POST', '/tmp-file')
  const put = await fetch(data.upload_url, { method: 'PUT', body, redirect: 'error' })
  assert.equal(put.status, 200, what)
  assert.deepEqual((await download(data.download_url)).bytes, typeof body === 'string' ? Buffer.from(body) : clip, what)
}
const { data } = await request('POST', '/tmp-file')
assert.equal((await fetch(data.upload_url, { method: 'PUT', body: createReadStream(CLIP), duplex: 'half', redirect: 'error' })).status, 200)
const copied = await run({ input_files: { a: data.download_url }, output_files: ['a.mkv'], ffmpeg_commands: ['-i {{a}} -c copy {{a.mkv}}'] }, true)
assert.deepEqual([copied.status, copied.total_input_bytes], ['succeeded', clip.length], copied.error_message)
assert.equal((await download(copied.output_files['a.mkv'])).type, 'video/x-matroska')
console.log('temporary files')
